package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFilesAreThoseThatContainerdNames(t *testing.T) {
	for line, want := range map[string][]string{
		"runc --root /run --log l create --bundle /b --pid-file p id": {"/b/config.json"},
		"runc exec --process /p.json --detach id":                     {"/p.json"},
		"runc delete --force id":                                      nil,
		"runc --bundle":                                               nil,
	} {
		if got := filesOf(strings.Fields(line)); !slices.Equal(got, want) {
			t.Errorf("filesOf(%s) = %v, want %v", line, got, want)
		}
	}
}

const (
	process = `{"args":["sh"],"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"ambient":["CAP_SYS_RESOURCE"]},"rlimits":[{"type":"RLIMIT_NOFILE"}],"oomScoreAdj":7}`
	relaxed = `{"args":["sh"],"capabilities":{"ambient":[],"bounding":["CAP_CHOWN"]},"oomScoreAdj":7}`
	other   = `{"args": ["sh"], "capabilities": {"bounding": ["CAP_CHOWN"]}}`
)

func TestRelaxDropsTheCapabilityAndTheLimitsAndKeepsEverythingElse(t *testing.T) {
	for text, want := range map[string]string{
		process: relaxed,
		`{"ociVersion":"1.0.2","process":` + process + `,"linux":{"big":12345678901234567890}}`: `{"linux":{"big":12345678901234567890},"ociVersion":"1.0.2","process":` + relaxed + `}`,
		`{"rlimits":[]}`: `{}`,
		other:            other,
	} {
		file := written(t, text)
		if err := relax(file); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if information, _ := os.Stat(file); err != nil || string(got) != want || information.Mode() != 0o600 {
			t.Errorf("%s became %s of mode %v, %v; want %s of mode 0600", text, got, information.Mode(), err, want)
		}
	}
}

func TestRelaxNamesTheFileThatIsNoJSONAndLeavesAMissingOneToRunc(t *testing.T) {
	file := written(t, "CAP_SYS_RESOURCE")
	if err := relax(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error = %v, want one that names %s", err, file)
	}
	if err := relax("/does/not/exist/config.json"); err != nil {
		t.Errorf("a missing file: %v, want no error", err)
	}
}

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
