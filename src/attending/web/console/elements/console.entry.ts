// Everything that runs on the console's pages. One line for each element; a page that
// does not hold it pays nothing.
import "htmx.org";
