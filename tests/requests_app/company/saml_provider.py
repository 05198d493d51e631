"""A company's SAML provider: pysaml2's, signing with the libxmlsec of our own dependencies instead of a program."""

import base64
import datetime as dt
from urllib.parse import parse_qs, urlsplit

import saml2
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from saml2 import sigver, xmldsig
from saml2.attribute_converter import AttributeConverterNOOP
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

ENTITY_ID = "https://saml.acme.example/metadata"
SIGN_IN = "https://saml.acme.example/sso"
PLAIN = [AttributeConverterNOOP(NAME_FORMAT_URI)]


class Crypto(sigver.CryptoBackend):
    """Signs what pysaml2 asks to have signed."""

    version = "1.3"

    def sign_statement(self, statement, node_name, key_file, node_id):
        document = etree.fromstring(statement.encode() if isinstance(statement, str) else statement)
        xmlsec.tree.add_ids(document, ["ID"])
        signature = next(
            one for one in document.iter("{*}Signature") if one.find(".//{*}Reference").get("URI") == f"#{node_id}"
        )
        signing = xmlsec.SignatureContext()
        signing.key = xmlsec.Key.from_file(key_file, xmlsec.constants.KeyDataFormatPem)
        signing.sign(signature)
        return etree.tostring(document).decode()

    def validate_signature(self, *args, **kwargs):
        return True  # our requests are not signed


sigver.CryptoBackendXMLSecurity = Crypto


class Provider:
    """One provider with its key and certificate, in a folder of its own."""

    def __init__(self, folder, entity_id=ENTITY_ID):
        self.entity_id = entity_id
        self.key_file, self.certificate_file = _key_and_certificate(folder)
        self.config = {
            "entityid": entity_id,
            "crypto_backend": "XMLSecurity",
            "key_file": self.key_file,
            "cert_file": self.certificate_file,
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(SIGN_IN, saml2.BINDING_HTTP_REDIRECT)]},
                    "policy": {"default": {"attribute_restrictions": None, "lifetime": {"minutes": 5}}},
                }
            },
        }

    def metadata(self):
        return str(entity_descriptor(IdPConfig().load(self.config)))

    def knows(self, metadata):
        """Take the metadata of the site, as its administrators would; give the provider that answers it."""
        self.server = Server(config=IdPConfig().load(self.config | {"metadata": {"inline": [metadata]}}))
        self.numbered = self.server.config.attribute_converters
        return self

    def request_in(self, url):
        """Return the id of the request that the browser was led here with."""
        [sent] = parse_qs(urlsplit(url).query)["SAMLRequest"]
        return self.server.parse_authn_request(sent, saml2.BINDING_HTTP_REDIRECT).message

    def answer(self, asked, address, *, key="ada", plain="", **other):
        """Return the SAMLResponse to the request, as the form holds it that the browser posts.

        `plain` names the attribute of the address as it is; without, each goes by its number (urn:oid:…).
        """
        self.server.config.attribute_converters = PLAIN if plain else self.numbered
        said = {plain or "mail": [address], "givenName": ["Ada"], "sn": ["Acme"]} if address else {"givenName": ["Ada"]}
        name_id = NameID(format=NAMEID_FORMAT_PERSISTENT, text=key)
        values = {
            "identity": said,
            "in_response_to": asked.id,
            "destination": asked.assertion_consumer_service_url,
            "sp_entity_id": asked.issuer.text,
            "name_id": name_id,
            "authn": {"class_ref": saml2.saml.AUTHN_PASSWORD, "authn_auth": self.entity_id},
            "sign_assertion": True,
            "sign_response": False,
            "sign_alg": xmldsig.SIG_RSA_SHA256,
            "digest_alg": xmldsig.DIGEST_SHA256,
        }
        response = self.server.create_authn_response(**values | other)
        return base64.b64encode(str(response).encode()).decode()


def _key_and_certificate(folder):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "acme.example")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
    certificate = made.not_valid_after(now + dt.timedelta(days=30)).sign(key, hashes.SHA256())
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    private = serialization.PrivateFormat.TraditionalOpenSSL
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(key_file), str(certificate_file)
