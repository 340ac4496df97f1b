<%@ page contentType="application/json" import="java.sql.*,java.util.concurrent.*,com.zaxxer.hikari.*" %><%!
static HikariDataSource pool;
static final org.slf4j.Logger LOG = org.slf4j.LoggerFactory.getLogger("com.shopsys.auth.SaleService");
static synchronized HikariDataSource pool() {
  if (pool == null) {
    HikariConfig c = new HikariConfig();
    c.setJdbcUrl("jdbc:postgresql://" + System.getProperty("db.host", "127.0.0.1") + ":5432/pay");
    c.setUsername("pay"); c.setPassword("pay"); c.setPoolName("AuthPool");
    c.setMaximumPoolSize(Integer.getInteger("db.pool", 3)); c.setConnectionTimeout(Integer.getInteger("db.wait", 20000));
    pool = new HikariDataSource(c);
  }
  return pool;
}
%><%
long start = System.currentTimeMillis();
String body = new String(request.getInputStream().readAllBytes(), "UTF-8");
String tid = body.replaceAll(".*\"tid\":\"([^\"]*)\".*", "$1"), stan = body.replaceAll(".*\"stan\":\"([^\"]*)\".*", "$1");
try {
  if (System.getProperty("db.host") == null) Thread.sleep(60 + ThreadLocalRandom.current().nextInt(90));
  else try (Connection c = pool().getConnection(); PreparedStatement s = c.prepareStatement("SELECT authorise(?, ?)")) {
    s.setString(1, tid); s.setString(2, stan); s.execute();
  }
  LOG.info("sale tid={} stan={} rc=00 took={}ms", tid, stan, System.currentTimeMillis() - start);
  out.print("{\"rc\":\"00\",\"stan\":\"" + stan + "\"}");
} catch (SQLException e) {
  LOG.error("sale tid={} stan={} rc=96 took={}ms", tid, stan, System.currentTimeMillis() - start, e);
  response.setStatus(503);
}
%>
