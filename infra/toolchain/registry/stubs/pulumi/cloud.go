package cloud

import (
	"errors"

	"github.com/spf13/cobra"
)

// ParamSpec is named by the file that describes errors, which other commands share.
type ParamSpec struct{}

// NewAPICmd makes a command that always fails: the real one reads the description of Pulumi Cloud's API.
func NewAPICmd() *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "Not in this build of Pulumi",
		RunE: func(*cobra.Command, []string) error {
			return errors.New("this build of Pulumi has no `pulumi api`")
		},
	}
}
