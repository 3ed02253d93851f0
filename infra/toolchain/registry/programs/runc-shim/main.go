// Command runc-shim stands in front of runc on kernels that withhold CAP_SYS_RESOURCE from containers: it takes that one
// capability and the resource limits out of what runc is asked to apply, and then becomes runc.
//
// It is on the path of every container start and every exec, so it is one static program and parses as little as it can.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// withheld is the capability that the kernel does not grant.
const withheld = "CAP_SYS_RESOURCE"

// realRunc is where the real program is looked for, in this order; RUNC_SHIM_RUNC overrides it.
var realRunc = []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/bin/runc"}

// invocation is what the shim has to know about a runc command line.
type invocation struct {
	command string
	bundle  string
	process string
}

// parse reads runc's command line: global options, the command, its options.
func parse(arguments []string) invocation {
	found := invocation{bundle: "."}
	for index := 0; index < len(arguments); index++ {
		argument := arguments[index]
		switch argument {
		case "create", "run", "exec", "restore":
			if found.command == "" {
				found.command = argument
			}
			continue
		}
		name, value, joined := strings.Cut(argument, "=")
		var target *string
		switch name {
		case "--bundle", "-b":
			target = &found.bundle
		case "--process", "-p":
			target = &found.process
		default:
			continue
		}
		if !joined && index+1 < len(arguments) {
			index++
			value = arguments[index]
		}
		*target = value
	}
	return found
}

type object = map[string]json.RawMessage

// relaxProcess drops the capability and the limits from an OCI process object.
func relaxProcess(text json.RawMessage) (json.RawMessage, error) {
	var process object
	if err := json.Unmarshal(text, &process); err != nil {
		return nil, err
	}
	delete(process, "rlimits")
	if capabilities, ok := process["capabilities"]; ok {
		var sets map[string][]string
		if err := json.Unmarshal(capabilities, &sets); err != nil {
			return nil, err
		}
		for name, set := range sets {
			kept := make([]string, 0, len(set))
			for _, capability := range set {
				if capability != withheld {
					kept = append(kept, capability)
				}
			}
			sets[name] = kept
		}
		relaxed, err := json.Marshal(sets)
		if err != nil {
			return nil, err
		}
		process["capabilities"] = relaxed
	}
	return json.Marshal(process)
}

// relaxBundle does the same inside an OCI runtime configuration.
func relaxBundle(text json.RawMessage) (json.RawMessage, error) {
	var config object
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	process, ok := config["process"]
	if !ok {
		return text, nil
	}
	relaxed, err := relaxProcess(process)
	if err != nil {
		return nil, err
	}
	config["process"] = relaxed
	return json.Marshal(config)
}

// rewrite replaces a file's content, through a temporary file so that nobody reads half of it.
func rewrite(file string, change func(json.RawMessage) (json.RawMessage, error)) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), withheld) && !strings.Contains(string(text), `"rlimits"`) {
		return nil
	}
	changed, err := change(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	information, err := os.Stat(file)
	if err != nil {
		return err
	}
	temporary := file + ".runc-shim"
	if err := os.WriteFile(temporary, changed, information.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

// relax rewrites what the invocation makes runc read; runc itself reports files that are missing.
func relax(given invocation) error {
	var err error
	switch given.command {
	case "create", "run", "restore":
		err = rewrite(filepath.Join(given.bundle, "config.json"), relaxBundle)
	case "exec":
		if given.process != "" {
			err = rewrite(given.process, relaxProcess)
		}
	}
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func findRunc() string {
	if path := os.Getenv("RUNC_SHIM_RUNC"); path != "" {
		return path
	}
	for _, path := range realRunc {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return realRunc[0]
}

func main() {
	if err := relax(parse(os.Args[1:])); err != nil {
		fmt.Fprintln(os.Stderr, "runc-shim:", err)
		os.Exit(1)
	}
	runc := findRunc()
	err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ())
	fmt.Fprintf(os.Stderr, "runc-shim: %s: %v\n", runc, err)
	os.Exit(1)
}
