# The front end is what does the work: with any one of its eight files replaced by a broken copy, found before the one in the
# program, the recipe fails and names that file.
. "$ROOT/tests/lib/host.sh"

cd "$TEST_DIR" || exit 1
recipe_boot >boot
for f in tokenizer parser parser-core parser-expr parser-module transpile runtime vm/dispatcher; do
    rm -rf lib
    mkdir -p "lib/erlang/$(dirname "$f")"
    { head -n 20 "$ROOT/boot/lib/erlang/$f.sx" && echo '(define (broken'; } >"lib/erlang/$f.sx"
    "$SXHOST" --exit-at-eof <boot >out 2>err
    status=$?
    check "$f: the exit status says that a reply was an error" test $status = 1
    check "$f: its load is the error, and names it" grep -qE "^\(error 1 .*lib/erlang/$f\.sx" out
done
finish
