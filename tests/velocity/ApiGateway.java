import java.io.StringReader;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.parser.ParseException;
import org.apache.velocity.runtime.parser.node.SimpleNode;

/** Mapping templates in Apache Velocity 1.7 itself, with what API Gateway gives them. */
public final class ApiGateway {
    private static final String NAME = "mapping template";

    private final RuntimeInstance engine = new RuntimeInstance();
    private final Map<String, SimpleNode> parsed = new HashMap<>();

    public ApiGateway() {
        engine.setProperty(
            "runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
    }

    public String render(String template, Map<?, ?> querystring, Object document, Map<?, ?> context)
            throws ParseException {
        SimpleNode tree = parsed.get(template);
        if (tree == null) {
            tree = engine.parse(new StringReader(template), NAME);
            parsed.put(template, tree);
        }
        VelocityContext references = new VelocityContext();
        references.put("input", new Input(Map.of("querystring", querystring), document));
        references.put("util", new Util());
        references.put("context", context);
        StringWriter rendered = new StringWriter();
        engine.render(references, rendered, NAME, tree);
        return rendered.toString();
    }

    /** `$input`: the parameters by place, and JSONPath down through names and indexes. */
    public record Input(Map<?, ?> params, Object document) {
        public Object path(String expression) {
            Object found = document;
            for (String name : expression.split("\\.|\\[|\\]\\.?")) {
                if (name.equals("$")) {
                    continue;
                }
                found = found instanceof Map<?, ?> object ? object.get(name)
                    : found instanceof List<?> list ? list.get(Integer.parseInt(name))
                    : null;
            }
            return found;
        }
    }

    /** `$util`, with the functions that API Gateway takes from the same libraries. */
    public static final class Util {
        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }

        public String urlEncode(String text) throws java.io.UnsupportedEncodingException {
            return URLEncoder.encode(text, "UTF-8");
        }
    }
}
