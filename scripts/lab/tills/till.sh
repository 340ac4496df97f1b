#!/bin/sh
# A till as shell scripts on small devices are: busybox ash with curl.
port=${PAY_HOST##*:}
name=${PAY_HOST%:*}
every=${EVERY_SECS:-4}
limit=${RESPONSE_SECS:-5}
connect=${CONNECT_SECS:-3}
stan=$((1000 + $$ % 8000))
say() { echo "$(busybox date '+%Y-%m-%d %H:%M:%S') pos.sh[$TID]: $*"; }
say "start, ${SCHEME:-https}://$PAY_HOST/sale, connect-timeout $connect, max-time $limit"
while :; do
  stan=$((stan + 1))
  trace=$(printf '%06d' $stan)
  begin=$(date +%s%N)
  at=$(date +%s.%N)
  out=$(curl -sS -o /dev/null --cacert /srv/etc/ca.pem --connect-timeout "$connect" -m "$limit" -H "X-Terminal: $TID" -H 'Content-Type: application/json' -d "{\"tid\":\"$TID\",\"stan\":\"$trace\"}" \
    -w '%{http_code} %{time_namelookup} %{time_connect} %{time_appconnect} %{remote_ip}' "${SCHEME:-https}://$PAY_HOST/sale" 2>/srv/run/curl.err)
  rc=$?
  end=$(date +%s.%N)
  ms=$((($(date +%s%N) - begin) / 1000000))
  set -- $out
  outcome=error
  if [ $rc = 0 ] && [ "$1" = 200 ]; then
    outcome=ok
    say "sale $trace approved in $ms ms"
  else
    say "sale $trace failed, http $1, rc=$rc: $(cat /srv/run/curl.err)"
  fi
  phase=response
  [ "$4" = 0.000000 ] && [ "${SCHEME:-https}" = https ] && phase=tls
  [ "$3" = 0.000000 ] && phase=connect
  case $2 in 0.000000) phase=dns ;; esac
  [ $rc = 28 ] && outcome=timeout
  [ $rc = 6 ] && [ $ms -ge 900 ] && outcome=timeout
  ip=null
  [ -n "$5" ] && ip="\"$5\""
  echo "{\"start\":$at,\"end\":$end,\"suffered_by\":\"terminal\",\"terminal_id\":\"$TID\",\"terminal_ip\":\"$TILL_IP\",\"stan\":\"$trace\",\"phase\":\"$phase\",\"outcome\":\"$outcome\",\"server\":{\"host\":\"$name\",\"ip\":$ip,\"port\":$port}}" >> /srv/attempts.ndjson
  sleep "$every"
done
