/** Keys of Ed25519 in DER (RFC 8410): bytes that say what it is, and 32 of the key. The two forms differ in length. */

/** A private key, PKCS #8. */
export const ED25519_PRIVATE_BYTES = 48;
/** A public key, SubjectPublicKeyInfo. */
export const ED25519_PUBLIC_BYTES = 44;
