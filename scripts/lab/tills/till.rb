# A till in Ruby: Net::HTTP, Logger.
require 'json'
require 'logger'
require 'net/http'
require 'openssl'

tid, host = ENV['TID'], ENV['PAY_HOST']
name, port = host.split(':')
every = (ENV['EVERY_SECS'] || 4).to_f
log = Logger.new($stdout)
$stdout.sync = true
http_of = lambda do
  h = Net::HTTP.new(name, port.to_i)
  h.use_ssl = true
  h.ca_file = '/srv/etc/ca.pem'
  h.open_timeout = (ENV['CONNECT_SECS'] || 3).to_f
  h.ssl_timeout = h.open_timeout
  h.read_timeout = (ENV['RESPONSE_SECS'] || 5).to_f
  h.max_retries = 0
  h
end
stan = 1000 + rand(8000)
log.info("till #{tid} up, gateway #{host}, open_timeout=#{http_of.call.open_timeout} read_timeout=#{http_of.call.read_timeout}")
sleep(rand * every)
loop do
  stan += 1
  trace = format('%06d', stan)
  start = Time.now.to_f
  outcome, phase = 'ok', 'response'
  begin
    res = http_of.call.start { |h| h.post('/sale', { tid: tid, stan: trace, amount: rand(300) }.to_json, 'Content-Type' => 'application/json', 'X-Terminal' => tid) }
    outcome = 'error' unless res.code == '200'
    log.info("sale #{trace} answered #{res.code} in #{((Time.now.to_f - start) * 1000).round} ms")
  rescue Net::OpenTimeout, Net::ReadTimeout, Net::WriteTimeout, Errno::ETIMEDOUT => e
    outcome = 'timeout'
    phase = e.is_a?(Net::ReadTimeout) ? 'response' : 'connect'
    phase = 'tls' if phase == 'connect' && e.backtrace.any? { |l| l.include?('ssl_socket_connect') }
    log.error("sale #{trace} failed after #{((Time.now.to_f - start) * 1000).round} ms")
    log.error(e)
  rescue StandardError => e
    outcome = 'error'
    outcome, phase = 'timeout', 'dns' if e.is_a?(SocketError) && Time.now.to_f - start >= 0.9
    log.error("sale #{trace} failed after #{((Time.now.to_f - start) * 1000).round} ms")
    log.error(e)
  end
  File.open('/srv/attempts.ndjson', 'a') do |f|
    f.puts({ start: start, end: Time.now.to_f, suffered_by: 'terminal', terminal_id: tid, terminal_ip: ENV['TILL_IP'], stan: trace, phase: phase, outcome: outcome, server: { host: name, ip: nil, port: port.to_i } }.to_json)
  end
  sleep(every * (0.8 + 0.4 * rand))
end
