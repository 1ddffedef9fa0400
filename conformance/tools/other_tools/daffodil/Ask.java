import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.daffodil.japi.Daffodil;
import org.apache.daffodil.japi.DataProcessor;
import org.apache.daffodil.japi.Diagnostic;
import org.apache.daffodil.japi.ParseResult;
import org.apache.daffodil.japi.ProcessorFactory;
import org.apache.daffodil.japi.UnparseResult;
import org.apache.daffodil.japi.infoset.JsonInfosetInputter;
import org.apache.daffodil.japi.infoset.JsonInfosetOutputter;
import org.apache.daffodil.japi.io.InputSourceDataInputStream;

/**
 * Parses files with DFDL schemas, in one process. Each line of standard input has a schema and a
 * file, with a tab between them. The answer is a line: "ok" or "error", the diagnostics or the
 * infoset as JSON, and "same" if unparsing the infoset gives the file again, "other" if not, or the
 * diagnostics of the unparser; all in hexadecimal UTF-8 but the first.
 */
public class Ask {
    private static final String LARGEST = String.valueOf(1 << 24);
    private static final Map<String, DataProcessor> processors = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t");
            out.println(answer(processor(words[0]), Path.of(words[1])));
        }
    }

    private static DataProcessor processor(String schema) throws Exception {
        DataProcessor known = processors.get(schema);
        if (known == null) {
            // By default, Daffodil cuts strings after 1,048,576 characters, and reports nothing.
            ProcessorFactory factory = Daffodil.compiler()
                .withTunable("maximumSimpleElementSizeInCharacters", LARGEST)
                .withTunable("maximumRegexMatchLengthInCharacters", LARGEST)
                .compileFile(new File(schema));
            stopAtErrors(factory.isError(), factory.getDiagnostics());
            known = factory.onPath("/");
            stopAtErrors(known.isError(), known.getDiagnostics());
            processors.put(schema, known);
        }
        return known;
    }

    private static void stopAtErrors(boolean failed, Iterable<Diagnostic> diagnostics) {
        String text = text(diagnostics);
        if (failed || !text.isEmpty()) {
            System.err.println(text);
            System.exit(1);
        }
    }

    private static String answer(DataProcessor processor, Path path) throws Exception {
        ByteArrayOutputStream infoset = new ByteArrayOutputStream();
        ParseResult result;
        try (InputStream file = new FileInputStream(path.toFile())) {
            result = processor.parse(
                new InputSourceDataInputStream(file), new JsonInfosetOutputter(infoset, false));
        }
        if (result.isError()) {
            return "error\t" + hex(text(result.getDiagnostics()));
        }
        byte[] json = infoset.toByteArray();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        UnparseResult unparsed = processor.unparse(
            new JsonInfosetInputter(new java.io.ByteArrayInputStream(json)),
            Channels.newChannel(written));
        String again = unparsed.isError() ? text(unparsed.getDiagnostics())
            : Arrays.equals(written.toByteArray(), Files.readAllBytes(path)) ? "same" : "other";
        return "ok\t" + HexFormat.of().formatHex(json) + "\t" + hex(again);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Iterable<Diagnostic> diagnostics) {
        StringBuilder text = new StringBuilder();
        for (Diagnostic each : diagnostics) {
            text.append(each.getMessage()).append('\n');
        }
        return text.toString();
    }
}
