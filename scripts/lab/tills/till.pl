#!/usr/bin/perl
# A till in Perl: LWP with Log::Log4perl, or with MODE=line framed messages over a socket and Sys::Syslog.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON;
use LWP::UserAgent;
use Log::Log4perl qw(:easy);
use Sys::Syslog;
use Time::HiRes qw(sleep time);

my ($tid, $pay) = @ENV{qw(TID PAY_HOST)};
my ($name, $port) = split /:/, $pay;
my ($every, $connect, $response) = map { $ENV{$_->[0]} // $_->[1] } ['EVERY_SECS', 4], ['CONNECT_SECS', 3], ['RESPONSE_SECS', 5];
my $framed = ($ENV{MODE} // '') eq 'line';
my $json = JSON->new->canonical;
my $stan = 1000 + int rand 8000;
Log::Log4perl->easy_init({ level => $INFO, layout => '%d{dd.MM.yyyy HH:mm:ss,SSS} [%P] %p %c - %m%n' });
openlog('kasse', 'pid,ndelay', 'local3') if $framed;

sub say_it {
    my ($level, $text) = @_;
    return syslog($level eq 'error' ? 'err' : $level, '%s', $text) if $framed;
    Log::Log4perl->get_logger('till')->$level($text);
}

sub sale_http {
    my ($trace) = @_;
    my $ua = LWP::UserAgent->new(timeout => $response, agent => 'shop-pos/4.1', ssl_opts => { SSL_ca_file => '/srv/etc/ca.pem' });
    my $r = $ua->post("https://$pay/sale", 'Content-Type' => 'application/json', 'X-Terminal' => $tid, Content => $json->encode({ tid => $tid, stan => $trace, amount => int(rand 9000) / 100 }));
    return ('response', 'ok', 'approved ' . $r->status_line) if $r->is_success;
    my $why = $r->status_line;
    my $phase = $why =~ /name resolution|not known|Bad hostname/ ? 'dns' : $why =~ /SSL|handshake/ ? 'tls' : $why =~ /Can't connect/ ? 'connect' : 'response';
    return ($phase, $why =~ /tim(?:ed? ?out)/i || $phase eq 'dns' ? 'timeout' : 'error', $why);
}

sub sale_line {
    my ($trace) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => $name, PeerPort => $port, Proto => 'tcp', Timeout => $connect)
        or return ('connect', $@ =~ /timeout|timed out/i ? 'timeout' : 'error', $@);
    my $body = $json->encode({ tid => $tid, stan => $trace });
    print {$s} pack('n', length $body) . $body;
    $s->flush;
    IO::Select->new($s)->can_read($response) or return ('response', 'timeout', "no answer from $name:$port within ${response}s, local port " . $s->sockport);
    sysread($s, my $got, 4096) or return ('response', 'error', 'connection closed by host');
    return ('response', 'ok', 'answer ' . substr($got, 2));
}

say_it('info', "kasse $tid starts, host $pay, connect ${connect}s, answer ${response}s");
sleep rand $every;
while (1) {
    my $trace = sprintf '%06d', ++$stan;
    my $start = time;
    my ($phase, $outcome, $text) = $framed ? sale_line($trace) : sale_http($trace);
    my $took = time - $start;
    $outcome = 'error' if $phase eq 'dns' && $took < 0.9;
    $outcome = 'timeout' if $outcome eq 'error' && $phase eq 'connect' && $took >= ($framed ? $connect : $response);
    say_it($outcome eq 'ok' ? 'info' : 'error', sprintf 'sale %s %s: %s (%.3f s)', $trace, $outcome eq 'ok' ? 'done' : 'failed', $text, $took);
    open my $f, '>>', '/srv/attempts.ndjson';
    print {$f} $json->encode({ start => $start, end => time, suffered_by => 'terminal', terminal_id => $tid, terminal_ip => $ENV{TILL_IP}, stan => $trace, phase => $phase, outcome => $outcome,
        server => { host => $name, ip => $name =~ /^[\d.]+$/ ? $name : undef, port => 0 + $port } }), "\n";
    close $f;
    sleep $every * (0.8 + rand 0.4);
}
