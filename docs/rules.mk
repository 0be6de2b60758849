# The pictures, drawn from text.  They are committed, so that only who changes
# one needs graphviz: make pictures
PICTURES := docs/processes.svg

.PHONY: pictures
pictures: $(PICTURES)

# Without the comments, which name the version of dot.
docs/%.svg: docs/%.dot
	@command -v dot >/dev/null || { echo 'needs the package graphviz' >&2; exit 1; }
	dot -Tsvg $< | sed -e '/^<!--.*-->$$/d' -e '/^<!--/,/-->/d' > $@.tmp && mv $@.tmp $@
