// Command runc-shim stands in front of runc on kernels that withhold CAP_SYS_RESOURCE from containers: it takes that one
// capability and the resource limits out of what runc is asked to apply, and then becomes runc.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// withheld is the capability that the kernel does not grant.
const withheld = "CAP_SYS_RESOURCE"

// realRunc is where the real program is looked for, in this order.
var realRunc = []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/bin/runc"}

// filesOf finds what an invocation makes runc read: containerd names the bundle of a container and the process of an exec.
func filesOf(arguments []string) []string {
	var files []string
	for index, argument := range arguments[:max(0, len(arguments)-1)] {
		switch argument {
		case "--bundle":
			files = append(files, filepath.Join(arguments[index+1], "config.json"))
		case "--process":
			files = append(files, arguments[index+1])
		}
	}
	return files
}

// relax drops the capability and the limits from a file with an OCI process or a configuration that has one. A file that is
// missing is for runc itself to report.
func relax(file string) error {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte(withheld)) && !bytes.Contains(text, []byte(`"rlimits"`)) {
		return nil
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	// Numbers of 64 bits would lose their last digits.
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	process := object
	if inner, ok := object["process"].(map[string]any); ok {
		process = inner
	}
	delete(process, "rlimits")
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		capabilities, _ := set.([]any)
		sets[name] = slices.DeleteFunc(capabilities, func(capability any) bool { return capability == withheld })
	}
	return replace(file, object)
}

// replace writes a file anew, through a temporary file so that nobody reads half of it.
func replace(file string, object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	information, err := os.Stat(file)
	if err != nil {
		return err
	}
	temporary := file + ".runc-shim"
	if err := os.WriteFile(temporary, text, information.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

func main() {
	for _, file := range filesOf(os.Args) {
		if err := relax(file); err != nil {
			fmt.Fprintln(os.Stderr, "runc-shim:", err)
			os.Exit(1)
		}
	}
	var problems []error
	for _, runc := range realRunc {
		err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ())
		problems = append(problems, fmt.Errorf("%s: %w", runc, err))
	}
	fmt.Fprintln(os.Stderr, "runc-shim:", errors.Join(problems...))
	os.Exit(1)
}
