"""The figures of a report: inline SVG, coloured by the page's style sheet, each with a title and a description."""
