// Command sample-apps answers as the sample services of the book "Istio in Action" do, on the paths that the notes use:
// webapp, catalog, forum and simple-backend; and as those of Istio's Bookinfo: productpage, details, reviews and ratings.
// Which one it is says, in this order: the first argument, the variable SAMPLE_APP, the name it was started by; a file named
// `forum` is the forum, and so is a program of any other name. Which version, of reviews, says the variable SERVICE_VERSION,
// else the second argument.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// app is one of the services: its handler and where it listens unless it is told otherwise.
type app struct {
	address string
	handler func(environment) http.Handler
}

var apps = map[string]app{
	"webapp":         {":8080", newWebapp},
	"catalog":        {":3000", newCatalog},
	"forum":          {":8080", newForum},
	"simple-backend": {":8080", newBackend},
	"productpage":    {":" + bookinfoPort, newProductpage},
	"details":        {":" + bookinfoPort, newDetails},
	"reviews":        {":" + bookinfoPort, newReviews},
	"ratings":        {":" + bookinfoPort, newRatings},
}

// environment reads variables; tests give their own.
type environment func(name string) string

func (get environment) or(name, other string) string {
	if value := get(name); value != "" {
		return value
	}
	return other
}

// roleOf says which service a command line and an environment ask for.
func roleOf(arguments []string, get environment) (string, error) {
	asked := get("SAMPLE_APP")
	if len(arguments) > 1 {
		asked = arguments[1]
	}
	if asked == "" {
		if name := filepath.Base(arguments[0]); apps[name].handler != nil {
			return name, nil
		}
		return "forum", nil
	}
	if apps[asked].handler == nil {
		names := strings.Join(slices.Sorted(maps.Keys(apps)), ", ")
		return "", fmt.Errorf("service %q given, one of %s wanted", asked, names)
	}
	return asked, nil
}

// withVersion is the environment with the second argument as the version, unless it has one: images name theirs that way.
func withVersion(arguments []string, get environment) environment {
	return func(name string) string {
		if value := get(name); value != "" || name != "SERVICE_VERSION" || len(arguments) < 3 {
			return value
		}
		return arguments[2]
	}
}

// serve answers until the context ends, then lets requests that are under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		limited, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(limited)
	}
}

func main() {
	role, err := roleOf(os.Args, os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	chosen := apps[role]
	get := withVersion(os.Args, os.Getenv)
	address := get.or("LISTEN_ADDR", chosen.address)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("%s listens on %s", role, listener.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, listener, chosen.handler(get)); err != nil {
		log.Fatal(err)
	}
}
