// An authorisation server in Go: HTTP (/sale) and framed messages over TCP.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	serial  sync.Mutex
	headLen = number("HEAD_BYTES", 2)
)

func number(key string, other int) int {
	if v, err := strconv.Atoi(os.Getenv(key)); err == nil {
		return v
	}
	return other
}

// What the operator can change while it runs: /srv/run/mode.json, read for each request.
type settings struct {
	DelayMs  int  `json:"delay_ms"`
	Serial   bool `json:"serial"`
	OldStan  bool `json:"old_stan"`
	PlusMTI  bool `json:"plus_mti"`
}

func mode() (m settings) {
	m.DelayMs = number("DELAY_MS", 90)
	if b, err := os.ReadFile("/srv/run/mode.json"); err == nil {
		json.Unmarshal(b, &m)
	}
	return
}

func work(m settings) {
	if m.Serial {
		serial.Lock()
		defer serial.Unlock()
	}
	time.Sleep(time.Duration(float64(m.DelayMs)*(0.7+0.6*rand.Float64())) * time.Millisecond)
}

func serve(c net.Conn) {
	defer c.Close()
	for {
		head := make([]byte, headLen)
		if _, err := io.ReadFull(c, head); err != nil {
			if err != io.EOF {
				log.Printf("read from %s: %v", c.RemoteAddr(), err)
			}
			return
		}
		size := uint64(0)
		for _, b := range head {
			size = size<<8 | uint64(b)
		}
		if size > 64<<10 && os.Getenv("LENIENT") == "" {
			log.Printf("message length %d from %s exceeds 65536, waiting for the rest", size, c.RemoteAddr())
		}
		body := make([]byte, min(size, 1<<20))
		if n, err := io.ReadFull(c, body); err != nil {
			log.Printf("incomplete message from %s: got %d of %d bytes: %v", c.RemoteAddr(), n, size, err)
			return
		}
		got := time.Now()
		f := strings.Split(string(body), "|")
		m := mode()
		work(m)
		stan := f[min(2, len(f)-1)]
		if m.OldStan {
			n, _ := strconv.Atoi(stan)
			stan = fmt.Sprintf("%06d", (n+1)%1000000)
		}
		answer := fmt.Sprintf("0210|%s|%s|00", f[min(1, len(f)-1)], stan)
		out := make([]byte, 2, 2+len(answer))
		binary.BigEndian.PutUint16(out, uint16(len(answer)))
		if _, err := c.Write(append(out, answer...)); err != nil {
			log.Printf("write to %s: %v", c.RemoteAddr(), err)
			return
		}
		log.Printf("0200 tid=%s stan=%s from %s -> 0210 stan=%s rc=00 in %v", f[min(1, len(f)-1)], f[min(2, len(f)-1)], c.RemoteAddr(), stan, time.Since(got).Round(time.Millisecond))
	}
}

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	if addr := os.Getenv("TCP_LISTEN"); addr != "" {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			log.Fatal(err)
		}
		log.Printf("authd listening on %s", addr)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					log.Printf("accept: %v", err)
					time.Sleep(200 * time.Millisecond)
					continue
				}
				go serve(c)
			}
		}()
	}
	if addr := os.Getenv("HTTP_LISTEN"); addr != "" {
		http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "up") })
		http.HandleFunc("/sale", func(w http.ResponseWriter, r *http.Request) {
			got := time.Now()
			var in struct{ Tid, Stan string }
			json.NewDecoder(r.Body).Decode(&in)
			work(mode())
			fmt.Fprintf(w, `{"rc":"00","stan":"%s"}`, in.Stan)
			log.Printf("POST /sale tid=%s stan=%s from %s -> 200 in %v", in.Tid, in.Stan, r.RemoteAddr, time.Since(got).Round(time.Millisecond))
		})
		log.Printf("authd serving http on %s", addr)
		server := &http.Server{Addr: addr, ErrorLog: log.Default()}
		log.Fatal(server.ListenAndServe())
	}
	select {}
}
