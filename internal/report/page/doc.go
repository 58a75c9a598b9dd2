// Package page draws the documents of Loadframe as one HTML page: a file that is complete in itself, works offline, in light and dark,
// on paper, on a phone and without a pointer, and that no document can make do anything.
//
// The way of a document: results.go, comparison.go, capacity.go or records.go turn it into blocks (tables, charts, notices); a chart
// becomes coordinates in drawing.go; page.html and page.css are all that is embedded.
//
// Charts are SVG that is drawn here, and not a chart library in the page, for what it is worth to whoever reads the page:
//
//   - There is no script in it, and its policy forbids any. A document from elsewhere has nothing to run in, and the page is whole where
//     scripts are blocked: in what a CI server shows of its artifacts, in the preview of a mail.
//   - What is drawn is in the document, so that a reader for the blind, a printer and a test see it: a canvas shows them nothing.
//   - Colours are of the style sheet: light, dark and paper are the same drawing.
//
// The price is that nobody can zoom. Hovering shows the values at a place, the legend hides lines, and the table of each chart has all that
// is drawn. Positions are percentages across and pixels down: the drawing is as wide as there is room, and its text stays as it is.
package page
