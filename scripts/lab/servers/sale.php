<?php
// An authorisation page for PHP-FPM; the "host" behind it answers as fast as /srv/run/host_ms says.
$start = microtime(true);
$in = json_decode(file_get_contents('php://input'), true) ?: [];
$host_ms = (int) (@file_get_contents('/srv/run/host_ms') ?: 90);
usleep((int) ($host_ms * 1000 * (0.7 + 0.6 * lcg_value())));
header('Content-Type: application/json');
echo json_encode(['rc' => '00', 'stan' => $in['stan'] ?? '']);
error_log(sprintf('sale tid=%s stan=%s rc=00 in %d ms', $in['tid'] ?? '-', $in['stan'] ?? '-', 1000 * (microtime(true) - $start)));
