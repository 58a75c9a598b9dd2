package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// download fetches a file: dl [-f] FILE [AS].
func (s *dialogShell) download(ctx context.Context, args string) error {
	words, err := splitWords(args)
	if err != nil {
		return &localError{err}
	}
	force := len(words) > 0 && words[0] == "-f"
	if force {
		words = words[1:]
	}
	if len(words) < 1 || len(words) > 2 {
		return &localError{errors.New(`want dl [-f] FILE [AS], with quotes around a name that has blanks`)}
	}
	name := words[0]
	as := path.Base(path.Clean(strings.ReplaceAll(name, `\`, "/"))) // never out of this directory, unless AS says so
	if len(words) == 2 {
		as = words[1]
	}
	if as == "." || as == ".." || as == "/" || as == "" {
		return &localError{fmt.Errorf("%q names no file", name)}
	}
	into, err := createPart(as, force)
	if err != nil {
		return &localError{err}
	}
	defer into.discard()
	var bar *report.Progress
	t, err := s.dialog.Download(ctx, name, func(n int64) { bar = s.bar(as, n) }, func(n int64) { bar.Set(n) }, into.write)
	bar.Done()
	var refused *client.Refused
	if errors.As(err, &refused) && strings.TrimSpace(string(refused.Text)) == "dl "+name {
		return errNoFiles
	}
	if err != nil {
		return err
	}
	if err := into.keep(); err != nil {
		return &localError{err}
	}
	fmt.Fprintf(s.stdout, "%s: %s, as many as promised, CRC-32C %08x\n", strings.TrimSuffix(lines([]byte(as)), "\n"), amount(t), t.CRC32C)
	return nil
}

// partFile is a file on its way: it has another name until all of it is there.
type partFile struct {
	f     *os.File // nil: kept or discarded
	name  string
	force bool
}

func createPart(name string, force bool) (*partFile, error) {
	switch at, err := os.Lstat(name); {
	case err != nil:
	case !force:
		return nil, fmt.Errorf("%s exists: dl -f overwrites", name)
	case !at.Mode().IsRegular() && at.Mode()&fs.ModeSymlink == 0: // a rename would put a file in the place of /dev/null
		return nil, fmt.Errorf("%s is no regular file, and stays what it is", name)
	}
	f, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s.part exists: another download runs, or one was killed", name)
	}
	if err != nil {
		return nil, err
	}
	return &partFile{f: f, name: name, force: force}, nil
}

func (p *partFile) write(b []byte) error {
	_, err := p.f.Write(b)
	return err
}

// keep gives the file its name. Where that may not be taken from another, it is
// reserved first: a rename asks nobody.
func (p *partFile) keep() error {
	if err := p.f.Close(); err != nil {
		return err
	}
	if !p.force {
		mine, err := os.OpenFile(p.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists: dl -f overwrites", p.name)
		}
		if err != nil {
			return err
		}
		mine.Close()
	}
	if err := os.Rename(p.f.Name(), p.name); err != nil {
		return err
	}
	p.f = nil
	return nil
}

// discard removes a file that was not kept.
func (p *partFile) discard() {
	if p.f != nil {
		p.f.Close()
		os.Remove(p.f.Name())
	}
}

// splitWords splits at blanks outside of double quotes.
func splitWords(s string) (words []string, err error) {
	var b strings.Builder
	quoted, within := false, false
	for _, c := range s + " " {
		switch {
		case c == '"':
			quoted, within = !quoted, true
		case c == ' ' && !quoted:
			if within {
				words = append(words, b.String())
			}
			b.Reset()
			within = false
		default:
			b.WriteRune(c)
			within = true
		}
	}
	if quoted {
		return nil, errors.New(`a quote " has no end`)
	}
	return words, nil
}
