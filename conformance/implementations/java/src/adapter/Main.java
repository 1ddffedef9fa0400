package adapter;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rckp.BaseDir;
import rckp.Candidate;
import rckp.Chooser;
import rckp.Code;
import rckp.DecodeFault;
import rckp.Decoder;
import rckp.EncodeError;
import rckp.Encoder;
import rckp.Identity;
import rckp.LeftOut;
import rckp.Listing;
import rckp.Names;
import rckp.RawPath;
import rckp.RckpException;
import rckp.RunId;
import rckp.Selector;
import rckp.Store;

/** The adapter: one question a line, one answer a line (protocol, version 1). */
public final class Main {
    private final Map<String, Object> question;
    private final Map<String, Object> answer = new LinkedHashMap<>();

    private Main(Map<String, Object> question) {
        this.question = question;
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            @SuppressWarnings("unchecked")
            Map<String, Object> question = (Map<String, Object>) Json.parse(line);
            if ("bye".equals(question.get("type"))) return;
            out.print(Json.write(new Main(question).answer()) + "\n");
            out.flush();
        }
    }

    private Map<String, Object> answer() {
        if ("hello".equals(question.get("type"))) {
            answer.putAll(Map.of("type", "hello", "name", "rckp-java", "version", "1.0.0", "language", "Java",
                    "classes", List.of("reader", "writer", "identity", "store", "selection")));
            return answer;
        }
        answer.put("type", "ok");
        answer.put("id", question.get("id"));
        try {
            ask((String) question.get("op"));
        } catch (RckpException e) {
            refuse(e);
        }
        return answer;
    }

    private void ask(String op) throws RckpException {
        switch (op) {
            case "decode":
                answer.put("record", Questions.json(Decoder.decode(Questions.bytes(get("bytes")))));
                break;
            case "encode":
                answer.put("bytes", Questions.hex(Encoder.encode(Questions.record(get("record")))));
                break;
            case "signature-hashes":
                Identity identity = Questions.identity(question);
                answer.put("algorithm_signature_hash", Long.toUnsignedString(identity.algorithmSignatureHash()));
                answer.put("problem_signature_hash", Long.toUnsignedString(identity.problemSignatureHash()));
                break;
            case "run-id-timestamp":
                answer.put("timestamp", RunId.timestamp((String) get("run_id")).map(Object::toString).orElse(null));
                break;
            case "file-name":
                answer.put("name", hex(Names.fileName((String) get("run_id"))));
                break;
            case "scope-path":
                answer.put("path", hex(Names.algorithmDirectory((String) get("algorithm_name"), hash("algorithm"))
                        + "/" + Names.problemDirectory((String) get("problem_description"), hash("problem"))));
                break;
            case "base-dir":
                answer.put("path", Questions.hex(BaseDir.resolve(Questions.bytes(get("explicit")),
                        Questions.bytes(get("project")), Questions.environment(get("environment")),
                        Questions.system(get("system")))));
                break;
            case "files":
                Listing listing = store().files();
                answerPaths(listing.files(), listing.leftOut());
                break;
            case "read":
                answer.put("record", Questions.json(store().read(Questions.path(get("path")))));
                break;
            case "write":
                answer.put("path", hex(store().write(Questions.record(get("record")))));
                break;
            case "delete":
                answer.put("removed", store().delete(Questions.path(get("path"))));
                break;
            case "purge":
                answer.put("removed", Long.toString(store().purge(Questions.integer(get("before")))));
                break;
            case "purge-age":
                answer.put("removed", Long.toString(store().purgeByAge(Questions.integer(get("age")))));
                break;
            case "list":
                Selector.Found found = new Selector(store()).resumable(Questions.identity(question));
                answerPaths(found.candidates().stream().map(Candidate::path).toList(), found.leftOut());
                break;
            case "select":
                answer.put("selected", selected().map(one -> hex(one.path())).orElse(null));
                break;
            default:
                answer.put("type", "unsupported");
                answer.put("reason", "There is no such operation.");
        }
    }

    private Optional<Candidate> selected() throws RckpException {
        Selector selector = new Selector(store());
        Identity identity = Questions.identity(question);
        if (question.containsKey("run_id")) {
            return Optional.of(selector.selectRun(identity, (String) get("run_id")));
        }
        return selector.select(identity, question.containsKey("answer")
                ? Chooser.answer((String) get("answer")) : Chooser.nobody());
    }

    private Object get(String member) {
        return question.get(member);
    }

    private long hash(String which) {
        return Questions.integer(get(which + "_signature_hash")).longValue();
    }

    private Store store() {
        return new Store(Questions.path(get("base")));
    }

    private static String hex(String ascii) {
        return Questions.hex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private static String hex(RawPath path) {
        return Questions.hex(path.bytes());
    }

    private void answerPaths(List<RawPath> paths, List<LeftOut> leftOut) {
        answer.put("paths", paths.stream().map(Main::hex).toList());
        answer.put("reported", leftOut.stream().map(one -> hex(one.path())).toList());
    }

    private void refuse(RckpException e) {
        answer.put("type", "error");
        if (e.code() != Code.TOO_LARGE) answer.put("code", e.code().toString());
        if (e instanceof EncodeError error && error.field() != null) answer.put("field", error.field());
        if (e instanceof DecodeFault fault) {
            answer.put("field", fault.field().toString());
            answer.put("offset", Long.toString(fault.offset()));
            if (fault.wanted() >= 0) {
                answer.put("wanted", Long.toString(fault.wanted()));
                answer.put("available", Long.toString(fault.available()));
            }
        }
    }
}
