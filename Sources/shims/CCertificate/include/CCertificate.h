#ifndef CCERTIFICATE_H
#define CCERTIFICATE_H
// An Ed25519 key and its certificate, by OpenSSL's libcrypto. No logic of ours lives here.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes of a seed, which is an Ed25519 private key (RFC 8032, 5.1.5), and of a fingerprint.
enum { ZB_SEED_BYTES = 32, ZB_FINGERPRINT_BYTES = 32 };

/// More than either needs.
enum { ZB_DER_BYTES = 1024 };

/// The same seed gives the same bytes everywhere: Ed25519 signs without a random number, and nothing in the certificate
/// is of this machine or this moment.
struct zb_identity {
    uint8_t key[ZB_DER_BYTES]; // PKCS #8, DER
    size_t key_bytes;
    uint8_t certificate[ZB_DER_BYTES]; // X.509, self-signed, DER
    size_t certificate_bytes;
    uint8_t fingerprint[ZB_FINGERPRINT_BYTES]; // SHA-256 of the certificate
};

/// False if libcrypto refuses, as it does without memory.
bool zb_identity_of(const uint8_t seed[ZB_SEED_BYTES], struct zb_identity *identity);
#endif
