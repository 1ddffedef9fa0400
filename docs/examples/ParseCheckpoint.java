import java.io.File;
import java.io.FileInputStream;
import org.apache.daffodil.japi.Daffodil;
import org.apache.daffodil.japi.DataProcessor;
import org.apache.daffodil.japi.Diagnostic;
import org.apache.daffodil.japi.infoset.XMLTextInfosetOutputter;
import org.apache.daffodil.japi.io.InputSourceDataInputStream;

/** Prints a checkpoint as XML, or what is wrong with it: ParseCheckpoint SCHEMA FILE. */
public class ParseCheckpoint {
    public static void main(String[] arguments) throws Exception {
        DataProcessor schema = Daffodil.compiler()
            .withTunable("maximumSimpleElementSizeInCharacters", "16777216")
            .withTunable("maximumRegexMatchLengthInCharacters", "16777216")
            .compileFile(new File(arguments[0]))
            .onPath("/");
        var input = new InputSourceDataInputStream(new FileInputStream(arguments[1]));
        var result = schema.parse(input, new XMLTextInfosetOutputter(System.out, true));
        for (Diagnostic each : result.getDiagnostics()) {
            System.out.println(each.getMessage());
        }
        System.exit(result.isError() ? 1 : 0);
    }
}
