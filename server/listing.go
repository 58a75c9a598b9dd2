package server

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// listingLimit is how many bytes of names a listing has at most. What a
	// directory has beyond that is not read.
	listingLimit = 1 << 20

	// listingBatch is how many entries are read at a time.
	listingBatch = 512
)

// listing returns the text about directory p that clients in the field parse:
//
//	Current Working Directory: /sub
//
//	Folders:
//
//	name
//	Files:
//
//	name
//
// ("Folders: " and "Files: " end with a blank.) Folders are directories, files
// are what dl sends; what is neither is left out, and so are hidden names and
// those that ok refuses. The names are sorted. limit bounds the bytes of all
// names.
func (r *root) listing(p string, limit int, ok func(name string) bool) (string, error) {
	d, err := r.openDir(p)
	if err != nil {
		return "", err
	}
	defer d.Close()
	var folders, files []string
	cut := false
	for used := 0; !cut; {
		entries, err := d.ReadDir(listingBatch)
		for _, e := range entries {
			name := printable(e.Name())
			if strings.HasPrefix(name, ".") || !ok(name) {
				continue
			}
			to := &files
			switch kind := r.kind(p, e); {
			case kind.IsDir():
				to = &folders
			case kind != fs.FileMode(0):
				continue
			}
			if used += len(name) + 1; used > limit {
				cut = true
				break
			}
			*to = append(*to, name)
		}
		if err != nil {
			break // the end, or as good as that
		}
	}
	slices.Sort(folders)
	slices.Sort(files)
	var b strings.Builder
	fmt.Fprintf(&b, "Current Working Directory: %s\n\nFolders: \n\n", printable(p))
	for _, name := range folders {
		b.WriteString(name + "\n")
	}
	b.WriteString("Files: \n\n")
	for _, name := range files {
		b.WriteString(name + "\n")
	}
	if cut {
		fmt.Fprintf(&b, "\nThere is more: names over %d bytes are left out.\n", limit)
	}
	return b.String(), nil
}

// printable returns s with what a terminal would obey, and what is no UTF-8,
// as \xNN: a name can hold any byte but the slash.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || unicode.IsControl(r) {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
