package main

import (
	"encoding/json"
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

// writeJSON answers with a value, indented by two spaces as the originals answer.
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
	w.Write([]byte(text))
}
