// A till in Go: resty with zap.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"go.uber.org/zap"
)

func secs(key string, other float64) time.Duration {
	if v, err := strconv.ParseFloat(os.Getenv(key), 64); err == nil {
		other = v
	}
	return time.Duration(other * float64(time.Second))
}

func main() {
	tid, pay := os.Getenv("TID"), os.Getenv("PAY_HOST")
	every, connect, response := secs("EVERY_SECS", 4), secs("CONNECT_SECS", 3), secs("RESPONSE_SECS", 5)
	log := zap.Must(zap.NewProduction()).With(zap.String("terminal", tid))
	pem, _ := os.ReadFile("/srv/etc/ca.pem")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	journal, _ := os.OpenFile("/srv/attempts.ndjson", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	host, portText, _ := net.SplitHostPort(pay)
	port, _ := strconv.Atoi(portText)
	stan := 1000 + rand.Intn(8000)
	dialer := &net.Dialer{Timeout: connect}
	client := resty.New().SetTransport(&http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: connect, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}).SetTimeout(response).SetLogger(log.Sugar())
	log.Info("register open", zap.String("endpoint", "https://"+pay+"/sale"), zap.Duration("dialTimeout", connect), zap.Duration("timeout", response))
	time.Sleep(time.Duration(rand.Float64() * float64(every)))
	for {
		stan++
		trace, start, phase, outcome := fmt.Sprintf("%06d", stan), time.Now(), "dns", "ok"
		var ip any
		marks := &httptrace.ClientTrace{
			ConnectStart:      func(_, addr string) { phase, ip = "connect", strings.Split(addr, ":")[0] },
			TLSHandshakeStart: func() { phase = "tls" },
			TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
				if err == nil {
					phase = "response"
				}
			},
		}
		res, err := client.R().SetContext(httptrace.WithClientTrace(context.Background(), marks)).SetHeader("X-Terminal", tid).SetBody(map[string]string{"tid": tid, "stan": trace}).Post("https://" + pay + "/sale")
		var late net.Error
		switch {
		case err == nil && res.StatusCode() == 200:
			log.Info("sale ok", zap.String("stan", trace), zap.Duration("took", time.Since(start)))
		case err == nil:
			outcome = "error"
			log.Warn("sale not ok", zap.String("stan", trace), zap.Int("status", res.StatusCode()), zap.Duration("took", time.Since(start)))
		default:
			outcome = "error"
			if errors.As(err, &late) && late.Timeout() || phase == "dns" && time.Since(start) > 900*time.Millisecond {
				outcome = "timeout"
			}
			log.Error("sale failed", zap.String("stan", trace), zap.Duration("took", time.Since(start)), zap.Error(err))
		}
		line, _ := json.Marshal(map[string]any{"start": float64(start.UnixMicro()) / 1e6, "end": float64(time.Now().UnixMicro()) / 1e6, "suffered_by": "terminal", "terminal_id": tid, "terminal_ip": os.Getenv("TILL_IP"),
			"stan": trace, "phase": phase, "outcome": outcome, "server": map[string]any{"host": host, "ip": ip, "port": port}})
		journal.Write(append(line, '\n'))
		time.Sleep(time.Duration(float64(every) * (0.8 + 0.4*rand.Float64())))
	}
}
