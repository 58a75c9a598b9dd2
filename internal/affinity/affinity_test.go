package affinity

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]Range{"0": {0, 0}, "7": {7, 7}, "0-3": {0, 3}, "2-2": {2, 2}, "1023": {1023, 1023}} {
		if r, err := Parse(text); err != nil || r != want {
			t.Errorf("%q: %v, %v; want %v", text, r, err, want)
		}
	}
	for _, text := range []string{"", "-", "-1", "1-", "3-1", "a", "0,1", "0/1", "1024", "0-1024", "1-2-3", " 1", "+1", "99999999999999999999"} {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q: %v, want an error", text, r)
		}
	}
}
