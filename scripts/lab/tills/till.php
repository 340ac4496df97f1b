<?php
// A till in PHP: libcurl, error_log().
ini_set('log_errors', '1');
ini_set('error_log', '/srv/log/' . (getenv('LOG_NAME') ?: 'php_errors.log'));
[$tid, $host] = [getenv('TID'), getenv('PAY_HOST')];
[$name, $port] = explode(':', $host);
$every = (float) (getenv('EVERY_SECS') ?: 4);
[$connect, $total] = [(int) (1000 * (float) (getenv('CONNECT_SECS') ?: 3)), (int) (1000 * (float) (getenv('RESPONSE_SECS') ?: 5))];
$stan = random_int(1000, 9000);
error_log("till $tid starts, https://$host/sale, connect timeout $connect ms, timeout $total ms");
usleep((int) (1e6 * $every * lcg_value()));
while (true) {
    $trace = sprintf('%06d', ++$stan);
    $start = microtime(true);
    $c = curl_init("https://$host/sale");
    curl_setopt_array($c, [CURLOPT_RETURNTRANSFER => true, CURLOPT_CAINFO => '/srv/etc/ca.pem', CURLOPT_CONNECTTIMEOUT_MS => $connect, CURLOPT_TIMEOUT_MS => $total, CURLOPT_NOSIGNAL => true,
        CURLOPT_FORBID_REUSE => true, CURLOPT_HTTPHEADER => ['Content-Type: application/json', "X-Terminal: $tid"],
        CURLOPT_POSTFIELDS => json_encode(['tid' => $tid, 'stan' => $trace, 'amount' => random_int(100, 30000) / 100])]);
    if (getenv('PROXY')) curl_setopt($c, CURLOPT_PROXY, getenv('PROXY'));
    curl_exec($c);
    [$no, $text, $i] = [curl_errno($c), curl_error($c), curl_getinfo($c)];
    $took = (int) (1000 * (microtime(true) - $start));
    $phase = $i['pretransfer_time'] > 0 ? 'response' : ($i['connect_time'] > 0 ? 'tls' : ($i['namelookup_time'] > 0 || filter_var($name, FILTER_VALIDATE_IP) ? 'connect' : 'dns'));
    if ($no === 0) error_log("sale $trace: HTTP {$i['http_code']} in $took ms ({$i['primary_ip']}:{$i['primary_port']} from port {$i['local_port']})");
    else error_log("PHP Warning:  sale $trace failed: cURL error $no: $text for https://$host/sale in /srv/till/sale.php on line 41");
    if ($no === 6) $phase = 'dns';
    $outcome = $no === 28 || $no === 6 && $took >= 900 ? 'timeout' : ($no === 0 && $i['http_code'] === 200 ? 'ok' : 'error');
    file_put_contents('/srv/attempts.ndjson', json_encode(['start' => $start, 'end' => microtime(true), 'suffered_by' => 'terminal', 'terminal_id' => $tid, 'terminal_ip' => getenv('TILL_IP'),
        'stan' => $trace, 'phase' => $phase, 'outcome' => $outcome, 'server' => ['host' => $name, 'ip' => $i['primary_ip'] ?: null, 'port' => (int) $port]]) . "\n", FILE_APPEND);
    usleep((int) (1e6 * $every * (0.8 + 0.4 * lcg_value())));
}
