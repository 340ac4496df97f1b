import java.io.FileWriter;
import java.net.URI;
import java.net.http.*;
import java.time.*;
import java.util.*;
import org.apache.logging.log4j.*;

/** A till in Java: java.net.http.HttpClient, Log4j 2. With WORDS=zh it speaks Chinese. */
public class Till {
    static final Logger LOG = LogManager.getLogger("com.shopsys.till.SaleClient");
    static final String TID = env("TID", ""), HOST = env("PAY_HOST", ""), SCHEME = env("SCHEME", "https");
    static final boolean ZH = env("WORDS", "en").equals("zh");

    static String env(String key, String other) { return System.getenv().getOrDefault(key, other); }

    static void note(long start, String stan, String phase, String outcome) throws Exception {
        URI u = URI.create(SCHEME + "://" + HOST);
        try (FileWriter w = new FileWriter("/srv/attempts.ndjson", true)) {
            w.write(String.format(Locale.ROOT, "{\"start\":%.3f,\"end\":%.3f,\"suffered_by\":\"terminal\",\"terminal_id\":\"%s\",\"terminal_ip\":\"%s\",\"stan\":\"%s\",\"phase\":\"%s\",\"outcome\":\"%s\",\"server\":{\"host\":\"%s\",\"ip\":null,\"port\":%d}}\n",
                start / 1e3, System.currentTimeMillis() / 1e3, TID, env("TILL_IP", ""), stan, phase, outcome, u.getHost(), u.getPort()));
        }
    }

    public static void main(String[] args) throws Exception {
        double every = Double.parseDouble(env("EVERY_SECS", "4"));
        Duration connect = Duration.ofMillis((long) (1000 * Double.parseDouble(env("CONNECT_SECS", "3"))));
        Duration response = Duration.ofMillis((long) (1000 * Double.parseDouble(env("RESPONSE_SECS", "5"))));
        Random r = new Random();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(connect).build();
        if (ZH) LOG.info("收银终端启动 终端号={} 前置地址={} 连接超时={}ms 应答超时={}ms", TID, HOST, connect.toMillis(), response.toMillis());
        else LOG.info("till starting terminal={} host={} connectTimeout={} requestTimeout={}", TID, HOST, connect, response);
        for (int n = 1000 + r.nextInt(8000); ; n++) {
            String stan = String.format("%06d", n);
            String body = String.format(Locale.ROOT, "{\"tid\":\"%s\",\"stan\":\"%s\",\"amount\":%.2f}", TID, stan, 300 * r.nextDouble());
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(SCHEME + "://" + HOST + "/sale")).timeout(response).header("Content-Type", "application/json").header("X-Terminal", TID)
                .POST(HttpRequest.BodyPublishers.ofString(body));
            if (ZH) LOG.info("发送消费请求 终端号={} 流水号={}", TID, stan);
            else LOG.debug("sending sale terminal={} stan={}", TID, stan);
            long start = System.currentTimeMillis();
            try {
                HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                long took = System.currentTimeMillis() - start;
                note(start, stan, "response", answer.statusCode() == 200 ? "ok" : "error");
                if (ZH) LOG.info("收到应答 终端号={} 流水号={} 状态={} 耗时={}ms", TID, stan, answer.statusCode(), took);
                else LOG.info("sale answered terminal={} stan={} status={} took={}ms", TID, stan, answer.statusCode(), took);
            } catch (HttpTimeoutException e) {
                note(start, stan, e instanceof HttpConnectTimeoutException ? "connect" : "response", "timeout");
                if (ZH) LOG.error("交易失败 终端号={} 流水号={} 耗时={}ms", TID, stan, System.currentTimeMillis() - start, e);
                else LOG.error("sale failed terminal={} stan={} took={}ms", TID, stan, System.currentTimeMillis() - start, e);
            } catch (Exception e) {
                String all = e + " " + e.getCause();
                boolean unresolved = all.contains("UnresolvedAddress") || all.contains("UnknownHost");
                note(start, stan, unresolved ? "dns" : "response", unresolved && System.currentTimeMillis() - start >= 900 ? "timeout" : "error");
                if (ZH) LOG.error("交易失败 终端号={} 流水号={}", TID, stan, e);
                else LOG.error("sale failed terminal={} stan={}", TID, stan, e);
            }
            Thread.sleep((long) (1000 * every * (0.8 + 0.4 * r.nextDouble())));
        }
    }
}
