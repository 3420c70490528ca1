"""Signs a finished PDF, and judges one that somebody hands in. No database, no clock, no network.

The signature is PAdES B-B: an incremental update that certifies the file and allows no change (DocMDP 1). pyHanko puts
it in place. The signature object itself (CMS, RFC 5652) is written here, since only a digest and a signature differ
from file to file; a general builder takes longer over it than a page takes to draw.

This is the seal service a portal starts with (sealing.py says what such a service owes). Which algorithms sign and
digest is known to this module alone. No picture of a seal is drawn.
"""

import hashlib
import io
import itertools
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

import pikepdf
from asn1crypto import algos, cms, core, parser, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

MOST_BYTES = 5 * 1024 * 1024  # of a file handed in
ALGORITHM = "sha256"
FIELD = "Signature"
DEMO_KEY = settings.BASE_DIR / "var" / "signing" / "demo.p12"
DEMO_SUBJECT = "演示用密钥，不具法律效力"


def digest(pdf):
    """The fingerprint that is stored with a certificate and compared with a file handed in: 64 hexadecimal digits."""
    return hashlib.new(ALGORITHM, pdf).hexdigest()


# ── signing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def sign(pdf, *, reason, moment):
    """Add our signature to a PDF, for a reason and as of a moment that its reader is shown.

    Refused with `ImproperlyConfigured` when there is no usable key or its certificate is not valid at that moment.
    """
    ours = key()
    ours.refuse_outside_validity(moment)
    embedding = PdfCMSEmbedder(SigFieldSpec(FIELD)).write_cms(FIELD, _Update(io.BytesIO(pdf)))
    next(embedding)
    placeholder = SignatureObject(moment, SigSeedSubFilter.PADES, reason=reason, bytes_reserved=ours.room)
    embedding.send(SigObjSetup(placeholder, SigMDPSetup(ALGORITHM, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)))
    signed, file = embedding.send(SigIOSetup(ALGORITHM))
    embedding.send(_cms(ours, signed.document_digest))
    return file.getvalue()


def signer():
    """The name in the certificate of our key, and whether it is the throw-away one."""
    ours = key().certificate.subject
    names = [attribute.value for attribute in ours.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    name = str(names[0] if names else ours.rfc4514_string())
    return name[:120], name == DEMO_SUBJECT


def vouch(data):
    """A detached signature over any bytes."""
    return _cms(key(), hashlib.new(ALGORITHM, data).digest())


def is_vouched(data, proof):
    """Whether `proof` is our signature over exactly these bytes."""
    return _signed_digest(proof) == hashlib.new(ALGORITHM, data).digest()


class _Update(IncrementalPdfFileWriter):
    """An update that leaves the file's description as drawn, so that its two copies stay alike, as PDF/A asks."""

    def _update_meta(self):
        pass


def _der(tag, *parts):
    return parser.emit(tag >> 6, tag >> 5 & 1, tag & 31, b"".join(parts))


OCTETS, SEQUENCE, SET, TAG_0 = 0x04, 0x30, 0x31, 0xA0
VERSION_1 = core.Integer(1).dump()
DIGEST_ALGORITHM = algos.DigestAlgorithm({"algorithm": ALGORITHM}).dump()
DETACHED = cms.ContentInfo({"content_type": "data"}).dump()
SIGNED_DATA = cms.ContentType("signed_data").dump()
OF_DATA = cms.CMSAttribute({"type": "content_type", "values": ["data"]}).dump()
MESSAGE_DIGEST = cms.CMSAttributeType("message_digest").dump()


def _cms(ours, document_digest):
    """The signature object over a document's digest, DER."""
    digested = _der(SEQUENCE, MESSAGE_DIGEST, _der(SET, _der(OCTETS, document_digest)))
    attributes = sorted([OF_DATA, digested, ours.names_certificate])  # DER sorts what is in a set
    signature = ours.private.sign(_der(SET, *attributes), *ours.scheme)
    signer = [ours.issuer_and_serial, DIGEST_ALGORITHM, _der(TAG_0, *attributes), ours.algorithm]
    signed_data = _der(
        SEQUENCE,
        VERSION_1,
        _der(SET, DIGEST_ALGORITHM),
        DETACHED,
        _der(TAG_0, *sorted(ours.certificates)),
        _der(SET, _der(SEQUENCE, VERSION_1, *signer, _der(OCTETS, signature))),
    )
    return _der(SEQUENCE, SIGNED_DATA, _der(TAG_0, signed_data))


# ── the key ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Key:
    """A private key with its certificate, the chain above it and former certificates of ours."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    others: tuple

    @cached_property
    def certificates(self):
        return [_as_der(certificate) for certificate in (self.certificate, *self.others)]

    @cached_property
    def room(self):
        """How many bytes to keep free in the file for the signature, which is written there in hexadecimal."""
        return 2 * (2048 + sum(map(len, self.certificates)))

    @cached_property
    def scheme(self):
        return _scheme(self.private)

    @cached_property
    def algorithm(self):
        name = "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ecdsa"
        return algos.SignedDigestAlgorithm({"algorithm": f"{ALGORITHM}_{name}"}).dump()

    @cached_property
    def issuer_and_serial(self):
        issuer, serial = self.certificate.issuer, self.certificate.serial_number
        return _der(SEQUENCE, issuer.public_bytes(), core.Integer(serial).dump())

    @cached_property
    def names_certificate(self):
        """The signed attribute that ties the signature to this one certificate (ESS signing-certificate-v2)."""
        named = tsp.ESSCertIDv2({"cert_hash": hashlib.new(ALGORITHM, self.certificates[0]).digest()})
        value = tsp.SigningCertificateV2({"certs": [named]})
        return cms.CMSAttribute({"type": "signing_certificate_v2", "values": [value]}).dump()

    def refuse_outside_validity(self, moment):
        first, last = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if not first <= moment <= last:
            period = f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"
            raise ImproperlyConfigured(f"签名证书有效期为 {period}，不能签发。请在 SIGNING_KEY_FILE 换用有效的证书。")


def _as_der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def _scheme(rsa_or_ec):
    """How a key of this kind signs and verifies."""
    if isinstance(rsa_or_ec, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return padding.PKCS1v15(), hashes.SHA256()
    return (ec.ECDSA(hashes.SHA256()),)


def key():
    """The key in use; on a desk without the setting, a throw-away one that says so in its name."""
    return _load(settings.SIGNING_KEY_FILE or make_demo_key(DEMO_KEY), settings.SIGNING_KEY_PASSWORD)


@cache
def _load(file, password):
    """Read a PKCS#12 file once per process."""
    try:
        data = Path(file).read_bytes()
        private, certificate, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    except OSError as error:
        raise ImproperlyConfigured(f"读不到签名密钥 {file}（{error.strerror}），请检查 SIGNING_KEY_FILE。") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        how = "须是 PKCS#12 文件，口令在 SIGNING_KEY_PASSWORD"
        raise ImproperlyConfigured(f"打不开签名密钥 {file}：{how}。") from error
    if not certificate or not isinstance(private, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ImproperlyConfigured(f"签名密钥 {file} 里须有一把 RSA 或 ECDSA 私钥和它的证书。")
    return Key(private, certificate, tuple(others))


def make_demo_key(file):
    """Make a throw-away key unless there is one. Of several processes that start at once, the first one's stays."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent) as complete:  # readable by its owner alone
            complete.write(_demo_pkcs12())
            complete.flush()
            with suppress(FileExistsError):
                os.link(complete.name, file)
    return file


def _demo_pkcs12():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, DEMO_SUBJECT)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))  # rehearsals live in past and future years
        .not_valid_after(datetime(2049, 12, 31, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)  # to sign and to commit, nothing else
        .sign(private, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"demo", private, certificate, None, serialization.NoEncryption())


# ── judging ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SIGNED_RANGES = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
SIGNATURE_TEXT = re.compile(rb"<(30(?:[0-9a-fA-F]{2}){400,20000}+)>")  # a CMS object as PDFs write it
MOST_SIGNATURES = 8
CODE = re.compile("[0-9A-HJ-NPQRTUWXY]{26}")


@dataclass(frozen=True)
class Verdict:
    """What the signatures in a file say about it. A stored digest says more: it also sees a change of the signature."""

    is_ours: bool  # a genuine signature of ours is in it
    is_intact: bool = False  # and that signature covers the file as it is now
    code: str = ""  # verification code of the certificate; told for an intact file only


def judge(pdf):
    """Judge a file by its signatures. The file may be hostile: it is searched, never interpreted, unless it is intact
    and so of our own making. Takes time in proportion to its size; nothing over `MOST_BYTES` is looked at.
    """
    if len(pdf) > MOST_BYTES:
        return Verdict(is_ours=False)
    is_ours = False
    for found in itertools.islice(SIGNATURE_TEXT.finditer(pdf), MOST_SIGNATURES):
        if signed := _signed_digest(bytes.fromhex(found[1].decode())):
            is_ours = True
            if _covers_all(found, pdf) and signed == _digest_around(found, pdf):
                return Verdict(is_ours, is_intact=True, code=_code(pdf))
    return Verdict(is_ours)


def _covers_all(found, pdf):
    """Whether a signature says that it covers all of this file except its own place."""
    around = found.start(), found.end(), len(pdf) - found.end()
    return around in [tuple(map(int, ranges.groups())) for ranges in SIGNED_RANGES.finditer(pdf)]


def _digest_around(found, pdf):
    return hashlib.new(ALGORITHM, pdf[: found.start()] + pdf[found.end() :]).digest()


def _signed_digest(der):
    """The document digest that a CMS object of ours vouches for; None when it is not ours or not genuine."""
    try:
        (signer,) = cms.ContentInfo.load(der)["content"]["signer_infos"]
        attributes, signature = signer["signed_attrs"], signer["signature"].native
        (signed,) = [each["values"][0].native for each in attributes if each["type"].native == "message_digest"]
        as_signed = b"\x31" + attributes.dump()[1:]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    ours = key()
    is_genuine = any(_is_signed_by(each, signature, as_signed) for each in (ours.certificate, *ours.others))
    return signed if is_genuine else None


def _is_signed_by(certificate, signature, data):
    public = certificate.public_key()
    try:
        public.verify(signature, data, *_scheme(public))
    except InvalidSignature:
        return False
    return True


def _code(pdf):
    """The verification code in the reason for signing."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        found = CODE.search(str(file.Root.Perms.DocMDP.get("/Reason", "")))
    return found[0] if found else ""
