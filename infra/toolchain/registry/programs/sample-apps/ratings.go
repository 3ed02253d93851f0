package main

import "net/http"

// bookRatings are the stars that each reviewer gives.
type bookRatings struct {
	ID      int            `json:"id"`
	Ratings map[string]int `json:"ratings"`
}

// newRatings answers with the same stars for every number.
func newRatings(environment) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", healthy("Ratings"))
	mux.HandleFunc("GET /ratings/{id}", numbered(func(w http.ResponseWriter, _ *http.Request, id int) {
		writeCompactJSON(w, http.StatusOK, bookRatings{ID: id, Ratings: map[string]int{"Reviewer1": 5, "Reviewer2": 4}})
	}))
	return mux
}
