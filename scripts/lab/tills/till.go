// A till in Go. HTTP over TLS (log/slog) or framed messages over TCP (package log), one connection a sale or one for all.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	tid, host    = os.Getenv("TID"), os.Getenv("PAY_HOST")
	mode         = os.Getenv("MODE") // http, iso, iso-keep
	everySecs    = number("EVERY_SECS", 4)
	connectSecs  = number("CONNECT_SECS", 3)
	responseSecs = number("RESPONSE_SECS", 5)
	journal, _   = os.OpenFile("/srv/attempts.ndjson", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	stan         = rand.Intn(8000) + 1000
)

func number(key string, other float64) float64 {
	if v, err := strconv.ParseFloat(os.Getenv(key), 64); err == nil {
		return v
	}
	return other
}

func secs(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// note keeps what happened beside the log: the labels are made of it.
func note(start time.Time, phase, outcome, ip string) {
	h, p, _ := net.SplitHostPort(host)
	port, _ := strconv.Atoi(p)
	var addr any
	if ip != "" {
		addr = ip
	} else if net.ParseIP(h) != nil {
		addr = h
	}
	line, _ := json.Marshal(map[string]any{"start": float64(start.UnixMicro()) / 1e6, "end": float64(time.Now().UnixMicro()) / 1e6, "suffered_by": "terminal", "terminal_id": tid,
		"terminal_ip": os.Getenv("TILL_IP"), "stan": fmt.Sprintf("%06d", stan), "phase": phase, "outcome": outcome, "server": map[string]any{"host": h, "ip": addr, "port": port}})
	journal.Write(append(line, '\n'))
}

func outcome(start time.Time, err error) string {
	var lookup *net.DNSError
	if errors.As(err, &lookup) && time.Since(start) >= 900*time.Millisecond {
		return "timeout"
	}
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return "timeout"
	}
	return "error"
}

func overHTTP(logger *slog.Logger) {
	pool := x509.NewCertPool()
	pem, _ := os.ReadFile("/srv/etc/ca.pem")
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DialContext: (&net.Dialer{Timeout: secs(connectSecs)}).DialContext,
		TLSHandshakeTimeout: secs(connectSecs), DisableKeepAlives: os.Getenv("KEEP") == ""}
	client := &http.Client{Transport: transport, Timeout: secs(responseSecs)}
	for ; ; stan++ {
		start, phase, ip := time.Now(), "connect", ""
		trace := &httptrace.ClientTrace{
			DNSStart: func(httptrace.DNSStartInfo) { phase = "dns" },
			DNSDone: func(i httptrace.DNSDoneInfo) {
				if i.Err == nil {
					phase = "connect"
				}
			},
			ConnectStart:      func(_, a string) { ip, _, _ = net.SplitHostPort(a) },
			TLSHandshakeStart: func() { phase = "tls" },
			GotConn:           func(httptrace.GotConnInfo) { phase = "response" },
		}
		body := fmt.Sprintf(`{"tid":"%s","stan":"%06d","amount":%.2f%s}`, tid, stan, rand.Float64()*300, os.Getenv("EXTRA"))
		req, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "POST", "https://"+host+"/sale", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Terminal", tid)
		res, err := client.Do(req)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		took := time.Since(start)
		switch {
		case err != nil:
			note(start, phase, outcome(start, err), ip)
			logger.Error("sale failed", "terminal", tid, "stan", fmt.Sprintf("%06d", stan), "took", took.Round(time.Millisecond), "err", err)
		case res.StatusCode != 200:
			note(start, phase, "error", ip)
			logger.Warn("sale refused", "terminal", tid, "stan", fmt.Sprintf("%06d", stan), "took", took.Round(time.Millisecond), "status", res.Status)
		default:
			note(start, phase, "ok", ip)
			logger.Info("sale approved", "terminal", tid, "stan", fmt.Sprintf("%06d", stan), "took", took.Round(time.Millisecond))
		}
		time.Sleep(secs(everySecs * (0.8 + 0.4*rand.Float64())))
	}
}

func exchange(conn net.Conn) error {
	msg := fmt.Sprintf("0200|%s|%06d|%.2f", tid, stan, rand.Float64()*300)
	head := make([]byte, 2)
	binary.BigEndian.PutUint16(head, uint16(len(msg)))
	conn.SetDeadline(time.Now().Add(secs(responseSecs)))
	if _, err := conn.Write(append(head, msg...)); err != nil {
		return err
	}
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return err
		}
		answer := make([]byte, binary.BigEndian.Uint16(head))
		if _, err := io.ReadFull(conn, answer); err != nil {
			return err
		}
		f := strings.Split(string(answer), "|")
		if len(f) > 2 && f[2] == fmt.Sprintf("%06d", stan) {
			return nil
		}
		log.Printf("discarding message with unexpected STAN: got mti=%s stan=%s, waiting for stan=%06d", f[0], f[min(2, len(f)-1)], stan)
	}
}

func overTCP() {
	var kept net.Conn
	for ; ; stan++ {
		start, phase, ip := time.Now(), "connect", ""
		var err error
		if kept == nil {
			kept, err = net.DialTimeout("tcp", host, secs(connectSecs))
			var dns *net.DNSError
			if errors.As(err, &dns) {
				phase = "dns"
			}
		} else {
			phase = "idle"
		}
		if err == nil {
			if phase == "connect" {
				phase = "response"
			}
			ip, _, _ = net.SplitHostPort(kept.RemoteAddr().String())
			err = exchange(kept)
		}
		took := time.Since(start).Round(time.Millisecond)
		if err != nil {
			note(start, phase, outcome(start, err), ip)
			log.Printf("sale stan=%06d tid=%s failed after %v: %v", stan, tid, took, err)
		} else {
			note(start, phase, "ok", ip)
			log.Printf("sale stan=%06d tid=%s approved rc=00 in %v", stan, tid, took)
		}
		if kept != nil && (err != nil || mode == "iso") {
			kept.Close()
			kept = nil
		}
		time.Sleep(secs(everySecs * (0.8 + 0.4*rand.Float64())))
	}
}

func main() {
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	time.Sleep(secs(rand.Float64() * everySecs))
	if mode == "http" {
		logger := slog.New(slog.NewTextHandler(os.Stdout, nil))
		if os.Getenv("LOG") == "json" {
			logger = slog.New(slog.NewJSONHandler(os.Stdout, nil))
		}
		logger.Info("till started", "version", "4.0.2", "terminal", tid, "host", host, "connect_timeout", secs(connectSecs), "timeout", secs(responseSecs))
		overHTTP(logger)
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	log.Printf("pos-agent starting tid=%s host=%s dial timeout=%v answer timeout=%v", tid, host, secs(connectSecs), secs(responseSecs))
	overTCP()
}
