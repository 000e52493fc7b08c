# recipe.sh - the boot script of the recipe: for the tests and for tools/host_figures. Source it.
# The recipe's boot script: front end, gen_server, kernel modules; 20 epochs.
recipe_boot() {
    echo '(epoch 1)'
    for f in tokenizer parser parser-core parser-expr parser-module transpile runtime vm/dispatcher; do echo "(load \"lib/erlang/$f.sx\")"; done
    echo '(epoch 2)'
    echo '(eval "(er-load-gen-server!)")'
    for m in envelope log pipeline term_codec outbox nx_kernel http_server; do
        echo "(eval \"(get (erlang-load-module (file-read \\\"next/kernel/$m.erl\\\")) :name)\")"
    done
    echo '(epoch 20)'
}
