package main

import (
	"io"
	"net/http"
	"time"
)

// publicUsers is where the original forum gets its users.
const publicUsers = "https://jsonplaceholder.typicode.com/users"

// newForum serves ten users: its own ones, unless LOCAL_USERS is "false", since a lab need not reach the Internet.
func newForum(get environment) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	if get.or("LOCAL_USERS", "true") != "false" {
		mux.HandleFunc("GET /api/users", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, users) })
		return anySlash(mux)
	}
	source := get.or("USERS_URL", publicUsers)
	client := &http.Client{Timeout: 30 * time.Second}
	mux.HandleFunc("GET /api/users", func(w http.ResponseWriter, r *http.Request) { relayUsers(w, r, client, source) })
	return anySlash(mux)
}

func relayUsers(w http.ResponseWriter, r *http.Request, client *http.Client, source string) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, source, nil)
	if err != nil {
		writeText(w, http.StatusInternalServerError, err.Error())
		return
	}
	response, err := client.Do(request)
	if err != nil {
		writeText(w, http.StatusInternalServerError, err.Error())
		return
	}
	defer response.Body.Close()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(response.StatusCode)
	io.Copy(w, response.Body)
}
