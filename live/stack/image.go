package stack

import (
	"archive/tar"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// An image is made of files of this host: nothing is compiled in a container
// and nothing is pulled from a registry.

// entry is one file of an image: a copy of from, or content.
type entry struct {
	name    string // path in the image, without the slash at the start
	from    string
	content string
	mode    fs.FileMode
}

// PackInstance makes the image name of the executable binary, which becomes
// /velocitas and the entry point. A static executable is all the image holds;
// otherwise the libraries that it is linked with come along.
func PackInstance(ctx context.Context, binary, name string) error {
	entries := []entry{{name: "velocitas", from: binary, mode: 0o755}}
	libraries, err := libraries(ctx, binary)
	if err != nil {
		return fmt.Errorf("instance image: %w", err)
	}
	entries = append(entries, libraries...)
	entries = append(entries, entry{name: "tmp", mode: fs.ModeDir | fs.ModeSticky | 0o777})
	if err := importImage(ctx, entries, name, `ENTRYPOINT ["/velocitas"]`); err != nil {
		return fmt.Errorf("instance image: %w", err)
	}
	return nil
}

// PackHostNginx makes the image name of this host's nginx.
func PackHostNginx(ctx context.Context, name string) error {
	path := findNginx()
	if path == "" {
		return fmt.Errorf("nginx image: this host has no nginx; install it, or name an image")
	}
	entries := []entry{
		{name: "usr/sbin/nginx", from: path, mode: 0o755},
		{name: "etc/nsswitch.conf", content: "hosts: files dns\n", mode: 0o644},
		{name: "etc/passwd", content: "root:x:0:0::/:\nnginx:x:65534:65534::/:\nnobody:x:65534:65534::/:\n", mode: 0o644},
		{name: "etc/group", content: "root:x:0:\nnginx:x:65534:\nnogroup:x:65534:\n", mode: 0o644},
		{name: "tmp", mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{name: "var/log/nginx", mode: fs.ModeDir | 0o777},
		{name: "var/lib/nginx", mode: fs.ModeDir | 0o777},
		{name: "run", mode: fs.ModeDir | 0o777},
	}
	libraries, err := libraries(ctx, path)
	if err != nil {
		return fmt.Errorf("nginx image: %w", err)
	}
	entries = append(entries, libraries...)
	entries = append(entries, nameServices(libraries)...)
	if err := importImage(ctx, entries, name, `ENTRYPOINT ["/usr/sbin/nginx"]`); err != nil {
		return fmt.Errorf("nginx image: %w", err)
	}
	return nil
}

// libraries are the files that the dynamic loader needs for an executable.
func libraries(ctx context.Context, path string) ([]entry, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s is not a Linux executable: %w", path, err)
	}
	defer f.Close()
	dynamic := slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	if !dynamic {
		return nil, nil
	}
	out, err := exec.CommandContext(ctx, "ldd", path).Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not static and ldd does not tell its libraries: %w", path, err)
	}
	var entries []entry
	for _, line := range strings.Split(string(out), "\n") {
		for _, word := range strings.Fields(line) {
			if strings.HasPrefix(word, "/") {
				entries = append(entries, entry{name: word[1:], from: word, mode: 0o755})
			}
		}
	}
	return entries, nil
}

// nameServices are the libraries that glibc loads by itself to look up names;
// they lie beside the C library. Newer ones have some of them built in.
func nameServices(libraries []entry) []entry {
	var entries []entry
	for _, l := range libraries {
		if !strings.HasPrefix(filepath.Base(l.from), "libc.so") {
			continue
		}
		for _, name := range []string{"libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"} {
			from := filepath.Join(filepath.Dir(l.from), name)
			if _, err := os.Stat(from); err == nil {
				entries = append(entries, entry{name: from[1:], from: from, mode: 0o755})
			}
		}
	}
	return entries
}

// importImage hands the files to the engine as an image.
func importImage(ctx context.Context, entries []entry, name, change string) error {
	read, write := io.Pipe()
	go func() { write.CloseWithError(writeTar(write, entries)) }()
	_, err := execute(ctx, nil, read, "docker", "import", "-c", change, "-c", "LABEL velocitas.run="+runLabel(name), "-", name)
	read.CloseWithError(io.ErrClosedPipe)
	return err
}

// runLabel is the run that an image belongs to, "none" for one made by hand.
func runLabel(name string) string {
	if run, ok := runOf(name); ok {
		return run
	}
	return "none"
}

// writeTar writes the entries with fixed owners and times, parents before
// children.
func writeTar(w io.Writer, entries []entry) error {
	t := tar.NewWriter(w)
	made := map[string]bool{".": true}
	var folder func(name string) error
	folder = func(name string) error {
		if made[name] {
			return nil
		}
		made[name] = true
		if err := folder(filepath.Dir(name)); err != nil {
			return err
		}
		return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
	}
	for _, e := range entries {
		if made[e.name] {
			continue
		}
		if err := folder(filepath.Dir(e.name)); err != nil {
			return err
		}
		made[e.name] = true
		if err := e.write(t); err != nil {
			return err
		}
	}
	return t.Close()
}

func (e entry) write(t *tar.Writer) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: int64(e.mode.Perm()), Size: int64(len(e.content))}
	if e.mode.IsDir() {
		header.Typeflag, header.Name = tar.TypeDir, e.name+"/"
		if e.mode&fs.ModeSticky != 0 {
			header.Mode |= 0o1000
		}
	}
	if e.from == "" {
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		_, err := io.WriteString(t, e.content)
		return err
	}
	f, err := os.Open(e.from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := t.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}
