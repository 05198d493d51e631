def masked(text, *, regions=()):
    return text
