#include "CCertificate.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static size_t der_of_key(EVP_PKEY *key, uint8_t *out) {
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    if (!info) return 0;
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (size > 0 && size <= ZB_DER_BYTES) size = i2d_PKCS8_PRIV_KEY_INFO(info, &out);
    else size = 0;
    PKCS8_PRIV_KEY_INFO_free(info);
    return size > 0 ? (size_t)size : 0;
}

static size_t der_of_certificate(EVP_PKEY *key, uint8_t *out) {
    X509 *certificate = X509_new();
    if (!certificate) return 0;
    X509_NAME *name = X509_get_subject_name(certificate);
    int size = 0;
    // A time without an end (RFC 5280, 4.1.2.5): who holds the token is who may, as long as there is one.
    if (X509_set_version(certificate, 2) && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        && ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z")
        && ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z")
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"zabbench", -1, -1, 0)
        && X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key)
        && X509_sign(certificate, key, NULL)) {
        size = i2d_X509(certificate, NULL);
        if (size > 0 && size <= ZB_DER_BYTES) size = i2d_X509(certificate, &out);
        else size = 0;
    }
    X509_free(certificate);
    return size > 0 ? (size_t)size : 0;
}

bool zb_identity_of(const uint8_t seed[ZB_SEED_BYTES], struct zb_identity *identity) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ZB_SEED_BYTES);
    if (!key) return false;
    identity->key_bytes = der_of_key(key, identity->key);
    identity->certificate_bytes = der_of_certificate(key, identity->certificate);
    EVP_PKEY_free(key);
    return identity->key_bytes > 0 && identity->certificate_bytes > 0
        && EVP_Digest(identity->certificate, identity->certificate_bytes, identity->fingerprint, NULL, EVP_sha256(), NULL);
}
