package rckp;

/** The four strings that say what a run computes. */
public record Identity(
        String algorithmName,
        String algorithmParameters,
        String problemDescription,
        String problemParameters) {

    private static final long OFFSET_BASIS = 0xCBF29CE484222325L;
    private static final long PRIME = 0x100000001B3L;

    /** IDENT-2 */
    public long algorithmSignatureHash() throws EncodeError {
        return signatureHash(Field.ALGORITHM_NAME, algorithmName, Field.ALGORITHM_PARAMETERS, algorithmParameters);
    }

    /** IDENT-2 */
    public long problemSignatureHash() throws EncodeError {
        return signatureHash(Field.PROBLEM_DESCRIPTION, problemDescription,
                Field.PROBLEM_PARAMETERS, problemParameters);
    }

    /** Names the text that is no string (IDENT-3); nothing is escaped or left out. */
    private static long signatureHash(Field first, String name, Field second, String parameters)
            throws EncodeError {
        Encoder.checkText(first, name);
        Encoder.checkText(second, parameters);
        return stableHash(name + "|" + parameters);
    }

    /** FNV-1a of the UTF-8 encoding, 64 bits without a sign (IDENT-1). */
    public static long stableHash(String text) throws EncodeError {
        long hash = OFFSET_BASIS;
        for (byte b : Utf8.encode(text)) {
            hash ^= b & 0xFF;
            hash *= PRIME;  // overflows as it should: modulo 2^64
        }
        return hash;
    }
}
