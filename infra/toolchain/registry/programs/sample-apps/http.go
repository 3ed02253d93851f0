package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// anySlash takes a path with a slash at its end for the same path without one, as the originals' frameworks do.
func anySlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := strings.TrimRight(r.URL.Path, "/"); path != "" && path != r.URL.Path {
			same := r.Clone(r.Context())
			same.URL.Path, same.URL.RawPath = path, ""
			r = same
		}
		next.ServeHTTP(w, r)
	})
}

// writeJSON answers with a value, indented by two spaces as the book's services answer.
func writeJSON(w http.ResponseWriter, status int, value any) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(text)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text)
}

// ask asks another service on behalf of a request, and returns the body of its answer; any status but 200 is an error.
func ask(client *http.Client, in *http.Request, address string, header http.Header) ([]byte, error) {
	request, err := http.NewRequestWithContext(in.Context(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d given, 200 wanted", address, response.StatusCode)
	}
	return io.ReadAll(response.Body)
}
