package main

import (
	"log"
	"net/http"
	"net/url"
	"time"
)

// bookReviews has the fields of the original's answer, also where it names what the pod is not told.
type bookReviews struct {
	ID          string       `json:"id"`
	PodName     string       `json:"podname"`
	ClusterName string       `json:"clustername"`
	Reviews     []bookReview `json:"reviews"`
}

type bookReview struct {
	Reviewer string      `json:"reviewer"`
	Text     string      `json:"text"`
	Rating   *bookRating `json:"rating,omitempty"`
}

// bookRating is stars in a colour, or an error where ratings does not answer.
type bookRating struct {
	Stars int    `json:"stars,omitempty"`
	Color string `json:"color,omitempty"`
	Error string `json:"error,omitempty"`
}

// reviewsVersion is what tells the versions of reviews apart: v1 shows no stars.
type reviewsVersion struct {
	color string
	// limit is how long ratings may take: long enough in v2 that an answer delayed by seven seconds still comes.
	limit time.Duration
}

var reviewsVersions = map[string]reviewsVersion{
	"v2": {"black", 10 * time.Second},
	"v3": {"red", 2500 * time.Millisecond},
}

// reviews serves two reviews, with stars if its version shows any.
type reviews struct {
	version              reviewsVersion
	ratings              string
	podName, clusterName string
	client               *http.Client
}

func newReviews(get environment) http.Handler {
	s := &reviews{
		version:     reviewsVersions[get("SERVICE_VERSION")],
		ratings:     bookinfoAddress(get, "ratings"),
		podName:     get.or("HOSTNAME", "null"),
		clusterName: get.or("CLUSTER_NAME", "null"),
		client:      newBookinfoClient(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", healthy("Reviews"))
	mux.HandleFunc("GET /reviews/{id}", s.answer)
	return mux
}

func (s *reviews) answer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	answer := bookReviews{ID: id, PodName: s.podName, ClusterName: s.clusterName, Reviews: []bookReview{
		{Reviewer: "Reviewer1", Text: "Two pairs of twins, one long day of mistaken names: I laughed until the last scene."},
		{Reviewer: "Reviewer2", Text: "Quick, loud and clever. It is not his deepest play, and it need not be."},
	}}
	if s.version.color != "" {
		s.addStars(r, id, answer.Reviews)
	}
	writeCompactJSON(w, http.StatusOK, answer)
}

func (s *reviews) addStars(r *http.Request, id string, shown []bookReview) {
	var given bookRatings
	address := s.ratings + "/" + url.PathEscape(id)
	_, err := askJSON(r.Context(), s.client, address, tracingHeaders(r.Header), s.version.limit, &given)
	if err != nil {
		log.Printf("ratings: %v", err)
	}
	for index := range shown {
		stars := given.Ratings[shown[index].Reviewer]
		if err != nil || stars == 0 {
			shown[index].Rating = &bookRating{Error: "Ratings service is currently unavailable"}
			continue
		}
		shown[index].Rating = &bookRating{Stars: stars, Color: s.version.color}
	}
}
