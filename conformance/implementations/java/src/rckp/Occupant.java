package rckp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** What has the name of the file that is to be written, and whose it is (SAFE-8 to SAFE-10). */
record Occupant(Whose whose, Set<PosixFilePermission> permissions, Ownership file) {
    enum Whose { NOBODYS, OURS, ANOTHER_RUNS, DIRECTORY, ANYTHING_ELSE }

    static Occupant of(Path name, String runId) throws IOException, RckpException {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(name, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Whose whose;
            switch (Kind.of(attributes)) {
                case DIRECTORY: whose = Whose.DIRECTORY; break;
                case FILE: whose = ofFile(name, attributes.size(), runId); break;
                default: whose = Whose.ANYTHING_ELSE; break;
            }
            Ownership file = attributes.isRegularFile() ? Ownership.of(name, attributes.permissions()) : null;
            return new Occupant(whose, attributes.permissions(), file);
        } catch (NoSuchFileException e) {
            return new Occupant(Whose.NOBODYS, null, null);
        }
    }

    private static Whose ofFile(Path name, long size, String runId) throws IOException, RckpException {
        if (size == 0) return Whose.OURS;  // SAFE-9: what a killed writer leaves
        try (InputStream in = new BufferedInputStream(
                Files.newInputStream(name, LinkOption.NOFOLLOW_LINKS))) {
            FieldReader reader = new FieldReader(in);
            reader.read(Field.MAGIC);
            reader.read(Field.CREATED_AT_MS);
            return reader.read(Field.RUN_ID).equals(runId) ? Whose.OURS : Whose.ANOTHER_RUNS;
        } catch (DecodeFault e) {
            return Whose.ANYTHING_ELSE;
        }
    }
}
