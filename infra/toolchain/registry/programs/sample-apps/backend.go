package main

import (
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// call is what the backend says about a request, its own and those it made.
type call struct {
	Name          string          `json:"name"`
	URI           string          `json:"uri"`
	Type          string          `json:"type"`
	IPAddresses   []string        `json:"ip_addresses,omitempty"`
	StartTime     string          `json:"start_time"`
	EndTime       string          `json:"end_time"`
	Duration      string          `json:"duration"`
	Body          string          `json:"body,omitempty"`
	UpstreamCalls map[string]call `json:"upstream_calls,omitempty"`
	Code          int             `json:"code"`
	Error         string          `json:"error,omitempty"`
}

// backend answers slowly and, if asked to, wrongly.
type backend struct {
	name, message  string
	median, spread time.Duration
	errorRate      float64
	errorCode      int
	upstreams      []string
	client         *http.Client
	addresses      func() []string
}

const clockFormat = "2006-01-02T15:04:05.000000"

func newBackend(get environment) http.Handler {
	b := &backend{
		name:      get.or("NAME", "simple-backend"),
		message:   get.or("MESSAGE", "Hello World"),
		median:    duration(get("TIMING_50_PERCENTILE"), time.Millisecond),
		spread:    duration(get("TIMING_VARIANCE"), 0),
		errorCode: http.StatusInternalServerError,
		client:    &http.Client{Timeout: 30 * time.Second},
		addresses: ownAddresses,
	}
	b.errorRate, _ = strconv.ParseFloat(get("ERROR_RATE"), 64)
	if code, err := strconv.Atoi(get("ERROR_CODE")); err == nil {
		b.errorCode = code
	}
	for _, upstream := range strings.Split(get("UPSTREAM_URIS"), ",") {
		if trimmed := strings.TrimSpace(upstream); trimmed != "" {
			b.upstreams = append(b.upstreams, trimmed)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "OK") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "OK") })
	mux.HandleFunc("/", b.answer)
	return mux
}

// duration reads a time such as 150ms; what is no time is the other one.
func duration(text string, other time.Duration) time.Duration {
	if read, err := time.ParseDuration(text); err == nil {
		return read
	}
	return other
}

func (b *backend) answer(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	answer := call{Name: b.name, URI: r.URL.Path, Type: "HTTP", IPAddresses: b.addresses(), StartTime: started.Format(clockFormat), Code: http.StatusOK}
	for _, upstream := range b.upstreams {
		made := b.ask(r, upstream)
		if answer.UpstreamCalls == nil {
			answer.UpstreamCalls = map[string]call{}
		}
		answer.UpstreamCalls[upstream] = made
		if made.Code != http.StatusOK {
			answer.Code = http.StatusInternalServerError
			answer.Error = made.Error
		}
	}
	time.Sleep(b.median + time.Duration((rand.Float64()*2-1)*float64(b.spread)) - time.Since(started))
	if rand.Float64() < b.errorRate {
		answer.Code = b.errorCode
		answer.Error = "Service error automatically injected"
	} else if answer.Code == http.StatusOK {
		answer.Body = b.message
	}
	ended := time.Now()
	answer.EndTime = ended.Format(clockFormat)
	answer.Duration = ended.Sub(started).String()
	writeJSON(w, answer.Code, answer)
}

func (b *backend) ask(r *http.Request, upstream string) call {
	made := call{URI: upstream, Type: "HTTP"}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, upstream, nil)
	if err != nil {
		made.Code, made.Error = -1, err.Error()
		return made
	}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-") || name == "Traceparent" || name == "Tracestate" || name == "B3" {
			request.Header[name] = values
		}
	}
	response, err := b.client.Do(request)
	if err != nil {
		made.Code, made.Error = -1, err.Error()
		return made
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	made.Code = response.StatusCode
	if made.Code != http.StatusOK {
		made.Error = http.StatusText(made.Code)
	}
	return made
}

func ownAddresses() []string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var found []string
	for _, one := range all {
		if network, ok := one.(*net.IPNet); ok && !network.IP.IsLoopback() && network.IP.To4() != nil {
			found = append(found, network.IP.String())
		}
	}
	return found
}
