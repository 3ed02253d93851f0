package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bookinfoPort is where all four services of Istio's Bookinfo listen.
const bookinfoPort = "9080"

// handedOn are the headers that a service of Bookinfo gives to those it asks, beside all that start with x-b3-: they make
// calls parts of one trace, and routes can tell users and browsers apart by them.
var handedOn = []string{
	"X-Request-Id", "X-Ot-Span-Context", "Ot-Tracer-Span-Context", "Traceparent", "Tracestate", "B3",
	"Grpc-Trace-Bin", "X-Cloud-Trace-Context", "Sw8", "End-User", "User-Agent", "Cookie", "Authorization",
}

// newBookinfoClient makes a connection per call, as the originals do, so that each call is seen to be captured.
func newBookinfoClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// bookinfoAddress says where a service of Bookinfo is. Kubernetes sets variables named …_PORT to addresses, but
// those named …_SERVICE_PORT to numbers, which are what is wanted here.
func bookinfoAddress(get environment, service string) string {
	prefix := strings.ToUpper(service)
	host := get.or(prefix+"_HOSTNAME", service)
	if domain := get("SERVICES_DOMAIN"); domain != "" {
		host += "." + domain
	}
	return fmt.Sprintf("http://%s:%s/%s", host, get.or(prefix+"_SERVICE_PORT", bookinfoPort), service)
}

// tracingHeaders are those of a request that the next service gets, too.
func tracingHeaders(in http.Header) http.Header {
	out := http.Header{}
	for name, values := range in {
		if strings.HasPrefix(name, "X-B3-") {
			out[name] = values
		}
	}
	for _, name := range handedOn {
		if values, given := in[name]; given {
			out[name] = values
		}
	}
	return out
}

// askJSON asks a service and reads its answer into a value.
// It returns the status that the service answered with, 0 where it did not answer, and an error unless the status is 200.
func askJSON(ctx context.Context, client *http.Client, address string, header http.Header, limit time.Duration, into any) (int, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	request.Header = header.Clone()
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return response.StatusCode, fmt.Errorf("%s: status %d given, 200 wanted", address, response.StatusCode)
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}

// writeCompactJSON answers with a value on one line, as Bookinfo's services do.
func writeCompactJSON(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text)
}

// healthy answers that a service is well.
func healthy(service string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeCompactJSON(w, http.StatusOK, map[string]string{"status": service + " is healthy"})
	}
}

// numbered hands the number in the path on; what is no number is a 400.
func numbered(next func(w http.ResponseWriter, r *http.Request, id int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			text := fmt.Sprintf("product %q given, a number wanted", r.PathValue("id"))
			writeCompactJSON(w, http.StatusBadRequest, map[string]string{"error": text})
			return
		}
		next(w, r, id)
	}
}
