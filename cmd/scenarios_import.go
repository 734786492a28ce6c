package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/evidence/kubernetes"
	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/evidence/system"
	"github.com/k9mil/velocitas/live/stack"
)

// describedFlags are what files cannot say, and what of them is asked for.
type describedFlags struct {
	upstream, service string
	known             system.Known
}

func newScenariosImport() *cobra.Command {
	var f describedFlags
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Print the scenario that an nginx.conf and a compose file, or Kubernetes manifests, describe",
		Long: "Print the scenario that configuration files describe, as commented YAML: of an nginx.conf the balancer, of a\n" +
			"compose file or of Kubernetes manifests the instances, their limits, and what they call. What files cannot say is \"unknown\" in it, which no\n" +
			"command takes, unless a flag says it; what is not modelled is listed at the end.",
		Example: "  velocitas scenarios import nginx.conf docker-compose.yml > shop.yaml\n" +
			"  velocitas scenarios import nginx.conf docker-compose.yml --rate 120 --cpu-ms 18 --cores 8 | velocitas sim -",
		Args: arguments(1, 16, "an nginx.conf, a compose file or manifests"),
		RunE: func(c *cobra.Command, args []string) error { return runImportScenario(c, args, f) },
	}
	flags := c.Flags()
	f.add(c)
	flags.IntVar(&f.known.ClientsPerInstance, "clients-per-instance", 0, "clients for each instance, instead of a rate")
	flags.IntVar(&f.known.Workers, "workers", 0, "nginx's workers, where worker_processes is auto")
	return c
}

// add adds the flags of all commands that read configuration files.
func (f *describedFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "the upstream group that counts; by default that of location /, or the first")
	flags.StringVar(&f.service, "service", "", "the compose service of the instances, where no nginx.conf names it")
	flags.Float64Var(&f.known.Rate, "rate", 0, "requests a second, all instances together")
	flags.Float64Var(&f.known.CPUMs, "cpu-ms", 0, "CPU time of a request in milliseconds, on average")
	flags.Float64Var(&f.known.Cores, "cores", 0, "cores of the host that the instances share")
}

func runImportScenario(c *cobra.Command, files []string, f describedFlags) error {
	k := f.known
	if k.Rate > 0 && k.ClientsPerInstance > 0 {
		return usage("--rate and --clients-per-instance exclude each other; leave one of the two out")
	}
	if k.Rate < 0 || k.ClientsPerInstance < 0 || k.CPUMs < 0 || k.Cores < 0 || k.Workers < 0 {
		return usage("--rate, --clients-per-instance, --cpu-ms, --cores and --workers want numbers above 0")
	}
	s, err := readSystem(c, files, f)
	if err != nil {
		return err
	}
	text, unknowns := s.YAML()
	if _, err := io.WriteString(c.OutOrStdout(), text); err != nil {
		return err
	}
	if unknowns > 0 {
		_, err = fmt.Fprintf(c.ErrOrStderr(), "%s unknown: fill in before any command takes it\n", amount(unknowns, "value is", "values are"))
	}
	return err
}

// amount is how many there are, in words.
func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// readSystem puts together what the files say.
func readSystem(c *cobra.Command, files []string, f describedFlags) (*system.System, error) {
	manifests, others, err := sortManifests(files)
	if err != nil {
		return nil, input(err)
	}
	if manifests != nil {
		return readCluster(c, files, manifests, others, f)
	}
	nginx, services, _, err := readDescribed(c, files, f.upstream)
	if err != nil {
		return nil, err
	}
	s, err := system.New(nginx, services, files, f.service, f.known)
	if err != nil {
		return nil, input(err)
	}
	return s, nil
}

// sortManifests tells Kubernetes manifests from other files.
func sortManifests(files []string) (manifests, others []string, err error) {
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, errors.Unwrap(err))
		}
		text, err := readSome(file, info)
		if err == nil && manifest.Match(text) && looksLikeYAML(file) {
			manifests = append(manifests, file)
		} else {
			others = append(others, file)
		}
	}
	return manifests, others, nil
}

// readCluster reads manifests, with the nginx.conf of a proxy before the pods if there
// is one.
func readCluster(c *cobra.Command, files, manifests, others []string, f describedFlags) (*system.System, error) {
	var nginx *nginxconf.Config
	for _, file := range others {
		compose, err := isCompose(file)
		switch {
		case err != nil:
			return nil, input(err)
		case compose:
			return nil, usage("%s is a Kubernetes manifest and %s a compose file; give the files of one of the two", manifests[0], file)
		case nginx != nil:
			return nil, usage("%s and %s are both taken for an nginx.conf; name the one that includes the other", nginx.Files[0], file)
		}
		if nginx, err = nginxconf.Read(file, f.upstream); err != nil {
			return nil, input(err)
		}
	}
	objects, err := kubernetes.Read(c.Context(), manifests...)
	if err != nil {
		return nil, input(err)
	}
	s, err := system.FromManifests(nginx, objects, files, f.service, f.known)
	if err != nil {
		return nil, input(err)
	}
	return s, nil
}

// looksLikeYAML tells by its name whether a file is YAML or JSON.
func looksLikeYAML(file string) bool {
	return slices.Contains([]string{".yml", ".yaml", ".json"}, strings.ToLower(filepath.Ext(file)))
}

// readDescribed reads the files, each as what its name says it is. Several compose
// files are one project, later ones over earlier ones.
func readDescribed(c *cobra.Command, files []string, upstream string) (nginx *nginxconf.Config, services []system.Service, composeFiles []string, err error) {
	for _, file := range files {
		compose, err := isCompose(file)
		switch {
		case err != nil:
			return nil, nil, nil, input(err)
		case compose:
			composeFiles = append(composeFiles, file)
		case nginx != nil:
			return nil, nil, nil, usage("%s and %s are both taken for an nginx.conf; name the one that includes the other", nginx.Files[0], file)
		default:
			if nginx, err = nginxconf.Read(file, upstream); err != nil {
				return nil, nil, nil, input(err)
			}
		}
	}
	if composeFiles != nil {
		services, err = readComposeFiles(c, composeFiles)
	}
	return nginx, services, composeFiles, err
}

func readComposeFiles(c *cobra.Command, files []string) (services []system.Service, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	found, err := stack.Describe(c.Context(), self, files...)
	switch {
	case c.Context().Err() != nil:
		return nil, stopped(c.Context(), err)
	case err != nil:
		return nil, input(err)
	}
	for _, d := range found {
		services = append(services, system.Service(d))
	}
	return services, nil
}

// manifest matches what every Kubernetes manifest has and no compose file.
var manifest = regexp.MustCompile(`(?m)^[\s{]*"?apiVersion"?\s*:`)

// isCompose tells a compose file from an nginx.conf, by its name.
func isCompose(file string) (bool, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return false, fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	case info.IsDir():
		return false, fmt.Errorf("%s: is a folder; want an nginx.conf or a compose file", file)
	}
	switch strings.ToLower(filepath.Ext(file)) {
	case ".yml", ".yaml":
		if text, err := readSome(file, info); err == nil && manifest.Match(text) {
			return false, fmt.Errorf("%s: is a Kubernetes manifest, which this command does not read; want an nginx.conf or a compose file", file)
		}
		return true, nil
	}
	return false, nil
}

// readSome reads a file that a person wrote; nothing of one that nobody did.
func readSome(file string, info os.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, nil
	}
	return os.ReadFile(file)
}
