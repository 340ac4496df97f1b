import java.io.FileWriter;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Random;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A till in Java: Apache HttpClient 5, Logback; a new client for each sale. */
public class Till5 {
  static final Logger log = LoggerFactory.getLogger("com.shop.pos.SaleClient");

  static String env(String key, String other) {
    return System.getenv().getOrDefault(key, other);
  }

  public static void main(String[] args) throws Exception {
    String tid = env("TID", ""), pay = env("PAY_HOST", ""), proxy = env("PROXY", "");
    double every = Double.parseDouble(env("EVERY_SECS", "4"));
    Timeout connect = Timeout.ofMilliseconds((long) (1000 * Double.parseDouble(env("CONNECT_SECS", "3"))));
    Timeout response = Timeout.ofMilliseconds((long) (1000 * Double.parseDouble(env("RESPONSE_SECS", "5"))));
    String[] server = (proxy.isEmpty() ? pay : proxy.split("//")[1]).split(":");
    Random chance = new Random();
    int stan = 1000 + chance.nextInt(8000);
    log.info("terminal {} ready, https://{}/sale, proxy {}, connect timeout {}, response timeout {}", tid, pay, proxy.isEmpty() ? "none" : proxy, connect, response);
    Thread.sleep((long) (chance.nextDouble() * every * 1000));
    while (true) {
      String trace = String.format("%06d", ++stan), outcome = "ok", phase = "response";
      long start = System.currentTimeMillis();
      var manager = PoolingHttpClientConnectionManagerBuilder.create().useSystemProperties()
          .setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(connect).setSocketTimeout(response).build()).build();
      var config = RequestConfig.custom().setResponseTimeout(response).build();
      var builder = HttpClients.custom().setConnectionManager(manager).setDefaultRequestConfig(config).disableAutomaticRetries();
      if (!proxy.isEmpty()) builder.setProxy(HttpHost.create(proxy));
      try (CloseableHttpClient client = builder.build()) {
        HttpPost post = new HttpPost("https://" + pay + "/sale");
        post.setHeader("X-Terminal", tid);
        post.setEntity(new StringEntity("{\"tid\":\"" + tid + "\",\"stan\":\"" + trace + "\"}", ContentType.APPLICATION_JSON));
        int status = client.execute(post, r -> {
          EntityUtils.consume(r.getEntity());
          return r.getCode();
        });
        outcome = status == 200 ? "ok" : "error";
        if (status == 200) log.info("stan {} authorised, {} ms", trace, System.currentTimeMillis() - start);
        else log.warn("stan {} declined by host, HTTP {}, {} ms", trace, status, System.currentTimeMillis() - start);
      } catch (Exception e) {
        long took = System.currentTimeMillis() - start;
        outcome = e instanceof InterruptedIOException ? "timeout" : "error";
        if (e instanceof ConnectTimeoutException) phase = "connect";
        else if (e instanceof InterruptedIOException) for (var at : e.getStackTrace()) if (at.getMethodName().equals("startHandshake")) phase = "tls";
        if (e instanceof UnknownHostException) {
          phase = "dns";
          outcome = took >= 900 ? "timeout" : "error";
        }
        log.error("stan {} failed after {} ms", trace, took, e);
      }
      String ip = server[0].matches("[\\d.]+") ? "\"" + server[0] + "\"" : "null";
      try (FileWriter f = new FileWriter("/srv/attempts.ndjson", true)) {
        f.write(String.format("{\"start\":%.3f,\"end\":%.3f,\"suffered_by\":\"terminal\",\"terminal_id\":\"%s\",\"terminal_ip\":\"%s\",\"stan\":\"%s\",\"phase\":\"%s\",\"outcome\":\"%s\",\"server\":{\"host\":\"%s\",\"ip\":%s,\"port\":%s}}%n",
            start / 1e3, Instant.now().toEpochMilli() / 1e3, tid, env("TILL_IP", ""), trace, phase, outcome, server[0], ip, server[1]));
      }
      Thread.sleep((long) (every * (0.8 + 0.4 * chance.nextDouble()) * 1000));
    }
  }
}
