// Package quick stands for the highlighting of source in documentation, whose lexers of every language are what costs.
package quick

import "io"

// Highlight writes the source as it is.
func Highlight(w io.Writer, source, _, _, _ string) error {
	_, err := io.WriteString(w, source)
	return err
}
