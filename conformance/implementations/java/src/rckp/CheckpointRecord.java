package rckp;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The fourteen values of a checkpoint. A u64 is a long that is to be read without a sign
 * (Long.toUnsignedString); an absent option is null, which differs from "" (TYPE-9).
 */
public record CheckpointRecord(
        long createdAtMs,
        String runId,
        long randomSeed,
        String algorithmName,
        String algorithmParameters,
        String problemDescription,
        String problemParameters,
        long algorithmSignatureHash,
        long problemSignatureHash,
        String stepStatePayload,
        String seedPayload,
        long elapsedMillis,
        Status status,
        String errorMessage) {

    public CheckpointRecord {
        Objects.requireNonNull(runId);
        Objects.requireNonNull(algorithmName);
        Objects.requireNonNull(algorithmParameters);
        Objects.requireNonNull(problemDescription);
        Objects.requireNonNull(problemParameters);
        Objects.requireNonNull(stepStatePayload);
        Objects.requireNonNull(status);
    }

    /** The values by field: Long, String, Status or null. */
    public Map<Field, Object> values() {
        Map<Field, Object> values = new EnumMap<>(Field.class);
        values.put(Field.CREATED_AT_MS, createdAtMs);
        values.put(Field.RUN_ID, runId);
        values.put(Field.RANDOM_SEED, randomSeed);
        values.put(Field.ALGORITHM_NAME, algorithmName);
        values.put(Field.ALGORITHM_PARAMETERS, algorithmParameters);
        values.put(Field.PROBLEM_DESCRIPTION, problemDescription);
        values.put(Field.PROBLEM_PARAMETERS, problemParameters);
        values.put(Field.ALGORITHM_SIGNATURE_HASH, algorithmSignatureHash);
        values.put(Field.PROBLEM_SIGNATURE_HASH, problemSignatureHash);
        values.put(Field.STEP_STATE_PAYLOAD, stepStatePayload);
        values.put(Field.SEED_PAYLOAD, seedPayload);
        values.put(Field.ELAPSED_MILLIS, elapsedMillis);
        values.put(Field.STATUS, status);
        values.put(Field.ERROR_MESSAGE, errorMessage);
        return values;
    }

    /** The inverse of values(). */
    static CheckpointRecord of(Map<Field, Object> values) {
        return new CheckpointRecord(
                (Long) values.get(Field.CREATED_AT_MS),
                (String) values.get(Field.RUN_ID),
                (Long) values.get(Field.RANDOM_SEED),
                (String) values.get(Field.ALGORITHM_NAME),
                (String) values.get(Field.ALGORITHM_PARAMETERS),
                (String) values.get(Field.PROBLEM_DESCRIPTION),
                (String) values.get(Field.PROBLEM_PARAMETERS),
                (Long) values.get(Field.ALGORITHM_SIGNATURE_HASH),
                (Long) values.get(Field.PROBLEM_SIGNATURE_HASH),
                (String) values.get(Field.STEP_STATE_PAYLOAD),
                (String) values.get(Field.SEED_PAYLOAD),
                (Long) values.get(Field.ELAPSED_MILLIS),
                (Status) values.get(Field.STATUS),
                (String) values.get(Field.ERROR_MESSAGE));
    }
}
