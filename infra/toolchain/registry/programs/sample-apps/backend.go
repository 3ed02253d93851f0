package main

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// call is what simple-backend says about a request.
type call struct {
	Name      string `json:"name"`
	URI       string `json:"uri"`
	Type      string `json:"type"`
	StartTime string `json:"start_time"`
	EndTime   string `json:"end_time"`
	Duration  string `json:"duration"`
	Body      string `json:"body,omitempty"`
	Code      int    `json:"code"`
	Error     string `json:"error,omitempty"`
}

const clockFormat = "2006-01-02T15:04:05.000000"

// newBackend answers slowly and, if asked to, wrongly.
func newBackend(get environment) http.Handler {
	median, _ := time.ParseDuration(get.or("TIMING_50_PERCENTILE", "1ms"))
	spread, _ := time.ParseDuration(get.or("TIMING_VARIANCE", "0s"))
	errorRate, _ := strconv.ParseFloat(get("ERROR_RATE"), 64)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		time.Sleep(median + time.Duration((rand.Float64()*2-1)*float64(spread)))
		answer := call{Name: get.or("NAME", "simple-backend"), URI: r.URL.Path, Type: "HTTP", Code: http.StatusOK}
		if rand.Float64() < errorRate {
			answer.Code, answer.Error = http.StatusInternalServerError, "Service error automatically injected"
		} else {
			answer.Body = get.or("MESSAGE", "Hello World")
		}
		ended := time.Now()
		answer.StartTime, answer.EndTime = started.Format(clockFormat), ended.Format(clockFormat)
		answer.Duration = ended.Sub(started).String()
		writeJSON(w, answer.Code, answer)
	})
}
