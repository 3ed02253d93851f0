package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseFindsCommandBundleAndProcess(t *testing.T) {
	rows := []struct {
		line string
		want invocation
	}{
		{"--root /run --log l create --bundle /b --pid-file p id", invocation{"create", "/b", ""}},
		{"--root=/run create --bundle=/b id", invocation{"create", "/b", ""}},
		{"exec --process /p.json --detach id", invocation{"exec", ".", "/p.json"}},
		{"exec -p /p.json id create", invocation{"exec", ".", "/p.json"}},
		{"run -b /b id", invocation{"run", "/b", ""}},
		{"--version", invocation{"", ".", ""}},
	}
	for _, row := range rows {
		if got := parse(strings.Fields(row.line)); got != row.want {
			t.Errorf("parse(%q) = %+v, want %+v", row.line, got, row.want)
		}
	}
}

const process = `{"args":["sh"],"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"ambient":["CAP_SYS_RESOURCE"]},"rlimits":[{"type":"RLIMIT_NOFILE"}],"oomScoreAdj":7}`
const relaxed = `{"args":["sh"],"capabilities":{"ambient":[],"bounding":["CAP_CHOWN"]},"oomScoreAdj":7}`

func TestRelaxRewritesTheBundleAndKeepsEverythingElse(t *testing.T) {
	bundle := t.TempDir()
	file := filepath.Join(bundle, "config.json")
	write(t, file, `{"ociVersion":"1.0.2","process":`+process+`,"linux":{"big":12345678901234567890}}`)
	if err := relax(invocation{"create", bundle, ""}); err != nil {
		t.Fatal(err)
	}
	want := `{"linux":{"big":12345678901234567890},"ociVersion":"1.0.2","process":` + relaxed + `}`
	if got := read(t, file); got != want {
		t.Errorf("config.json = %s, want %s", got, want)
	}
}

func TestRelaxRewritesTheProcessOfAnExec(t *testing.T) {
	file := filepath.Join(t.TempDir(), "process.json")
	write(t, file, process)
	if err := relax(invocation{"exec", ".", file}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, file); got != relaxed {
		t.Errorf("process = %s, want %s", got, relaxed)
	}
}

func TestRelaxLeavesOtherCommandsAndMissingFilesAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "process.json")
	write(t, file, process)
	for _, given := range []invocation{{"delete", ".", file}, {"create", "/does/not/exist", ""}, {"exec", ".", ""}} {
		if err := relax(given); err != nil {
			t.Errorf("relax(%+v) = %v", given, err)
		}
	}
	if got := read(t, file); got != process {
		t.Errorf("process was changed to %s", got)
	}
}

func TestRelaxNamesTheFileThatIsNoJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "process.json")
	write(t, file, "CAP_SYS_RESOURCE")
	if err := relax(invocation{"exec", ".", file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error = %v, want one that names %s", err, file)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Fatalf("%s is not JSON: %s", file, text)
	}
	return string(text)
}
