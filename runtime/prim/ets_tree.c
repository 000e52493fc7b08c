/* ets_tree.c - ordered_set: an AVL tree in the order of all terms, where 1 and 1.0 are one key.
 * INVARIANT: an object's `next` (left) holds what is less, `right` what is greater, and their heights differ by `balance`,
 * which is -1, 0 or 1. So no path is longer than SX_ETS_TREE_DEPTH. */
#include "prim/ets.h"
#include "value/compare.h"

int sx_ets_key_compare_slow(sx_val a, sx_val b) { return sx_compare(a, b); }
int sx_ets_order_key(const void *key, sx_val other) { return sx_ets_key_compare(*(const sx_val *)key, other); }

SxEtsObj *sx_ets_tree_find(const SxEtsTable *t, sx_val key)
{
    SxEtsObj *o = t->root;
    while (o != NULL) {
        int c = sx_ets_key_compare(key, sx_ets_key(t, o));
        if (c == 0) return o;
        o = c < 0 ? o->next : o->right;
    }
    return NULL;
}

/* ---- balance ---- */

static SxEtsObj *turn_right(SxEtsObj *top)
{
    SxEtsObj *left = top->next;
    top->next = left->right;
    left->right = top;
    return left;
}
static SxEtsObj *turn_left(SxEtsObj *top)
{
    SxEtsObj *right = top->right;
    top->right = right->next;
    right->next = top;
    return right;
}

/* A subtree whose left is too high by one more than allowed (balance would be -2): answers its new top. *lower: it is as
 * high as before the last insertion, or lower than before the last removal. */
static SxEtsObj *mend_left(SxEtsObj *top, bool *lower)
{
    SxEtsObj *left = top->next;
    *lower = true;
    if (left->balance <= 0) {
        if (left->balance == 0) { /* after a removal only */
            top->balance = -1;
            left->balance = 1;
            *lower = false;
        } else {
            top->balance = left->balance = 0;
        }
        return turn_right(top);
    }
    SxEtsObj *middle = left->right;
    top->balance = middle->balance < 0;
    left->balance = (int8_t) - (middle->balance > 0);
    middle->balance = 0;
    top->next = turn_left(left);
    return turn_right(top);
}
static SxEtsObj *mend_right(SxEtsObj *top, bool *lower)
{
    SxEtsObj *right = top->right;
    *lower = true;
    if (right->balance >= 0) {
        if (right->balance == 0) {
            top->balance = 1;
            right->balance = -1;
            *lower = false;
        } else {
            top->balance = right->balance = 0;
        }
        return turn_left(top);
    }
    SxEtsObj *middle = right->next;
    top->balance = (int8_t) - (middle->balance > 0);
    right->balance = middle->balance < 0;
    middle->balance = 0;
    top->right = turn_right(right);
    return turn_left(top);
}

/* ---- changing ---- */

void sx_ets_tree_exchange(SxEtsTable *t, SxEtsObj *old, SxEtsObj *o)
{
    sx_val key = sx_ets_key(t, old);
    SxEtsObj **link = &t->root;
    while (*link != old) link = sx_ets_key_compare(key, sx_ets_key(t, *link)) < 0 ? &(*link)->next : &(*link)->right;
    o->next = old->next;
    o->right = old->right;
    o->balance = old->balance;
    o->gone = false;
    *link = o;
    sx_ets_weigh(t, o, old);
}

SxEtsObj *sx_ets_tree_put(SxEtsTable *t, SxEtsObj *o)
{
    SxEtsObj **links[SX_ETS_TREE_DEPTH], **link = &t->root;
    bool left[SX_ETS_TREE_DEPTH];
    int depth = 0;
    sx_val key = sx_ets_key(t, o);
    while (*link != NULL) {
        int c = sx_ets_key_compare(key, sx_ets_key(t, *link));
        if (c == 0) {
            SxEtsObj *old = *link;
            sx_ets_tree_exchange(t, old, o);
            return old;
        }
        links[depth] = link;
        left[depth++] = c < 0;
        link = c < 0 ? &(*link)->next : &(*link)->right;
    }
    o->next = o->right = NULL;
    o->balance = 0;
    o->gone = false;
    *link = o;
    t->n++;
    sx_ets_weigh(t, o, NULL);
    while (depth-- > 0) { /* the subtree at the end of this step has become higher */
        SxEtsObj *top = *links[depth];
        bool lower;
        int balance = top->balance + (left[depth] ? -1 : 1);
        if (balance < -1) *links[depth] = mend_left(top, &lower);
        else if (balance > 1) *links[depth] = mend_right(top, &lower);
        else {
            top->balance = (int8_t)balance;
            if (balance != 0) continue;
        }
        break;
    }
    return NULL;
}

SxEtsObj *sx_ets_tree_remove(SxEtsTable *t, sx_val key)
{
    SxEtsObj **links[SX_ETS_TREE_DEPTH], **link = &t->root;
    bool left[SX_ETS_TREE_DEPTH];
    int depth = 0;
    for (;;) {
        if (*link == NULL) return NULL;
        int c = sx_ets_key_compare(key, sx_ets_key(t, *link));
        if (c == 0) break;
        links[depth] = link;
        left[depth++] = c < 0;
        link = c < 0 ? &(*link)->next : &(*link)->right;
    }
    SxEtsObj *o = *link;
    if (o->next == NULL || o->right == NULL) {
        *link = o->next != NULL ? o->next : o->right;
    } else { /* the next greater one takes its place */
        int place = depth;
        links[depth] = link;
        left[depth++] = false;
        SxEtsObj **next = &o->right;
        while ((*next)->next != NULL) {
            links[depth] = next;
            left[depth++] = true;
            next = &(*next)->next;
        }
        SxEtsObj *heir = *next;
        *next = heir->right;
        heir->next = o->next;
        heir->right = o->right;
        heir->balance = o->balance;
        *link = heir;
        if (depth > place + 1) links[place + 1] = &heir->right;
    }
    t->n--;
    sx_ets_weigh(t, NULL, o);
    while (depth-- > 0) { /* the subtree at the end of this step has become lower */
        SxEtsObj *top = *links[depth];
        bool lower = true;
        int balance = top->balance + (left[depth] ? 1 : -1);
        if (balance < -1) *links[depth] = mend_left(top, &lower);
        else if (balance > 1) *links[depth] = mend_right(top, &lower);
        else {
            top->balance = (int8_t)balance;
            lower = balance == 0;
        }
        if (!lower) break;
    }
    return o;
}

/* ---- walking ---- */

/* Go down to the first (last) object of the subtree at o. */
static SxEtsObj *descend(SxEtsPath *path, SxEtsObj *o, bool backwards)
{
    for (; o != NULL; o = backwards ? o->right : o->next) path->at[path->n++] = o;
    return path->n > 0 ? path->at[path->n - 1] : NULL;
}

SxEtsObj *sx_ets_path_begin(const SxEtsTable *t, SxEtsPath *path, bool backwards)
{
    path->n = 0;
    return descend(path, t->root, backwards);
}

SxEtsObj *sx_ets_path_seek(const SxEtsTable *t, SxEtsPath *path, SxEtsOrder *order, const void *what, bool backwards, bool or_at)
{
    int best = 0; /* length of the path to the nearest object so far that qualifies */
    path->n = 0;
    for (SxEtsObj *o = t->root; o != NULL;) {
        int c = order(what, sx_ets_key(t, o));
        bool qualifies = c == 0 ? or_at : backwards ? c > 0 : c < 0;
        path->at[path->n++] = o;
        if (qualifies) best = path->n;
        o = qualifies == backwards ? o->right : o->next;
    }
    path->n = best;
    return best > 0 ? path->at[best - 1] : NULL;
}

SxEtsObj *sx_ets_path_next(SxEtsPath *path, bool backwards)
{
    SxEtsObj *o = path->at[path->n - 1], *down = backwards ? o->next : o->right;
    if (down != NULL) return descend(path, down, backwards);
    for (;;) { /* up, until we come from the other side */
        SxEtsObj *child = path->at[--path->n];
        if (path->n == 0) return NULL;
        o = path->at[path->n - 1];
        if (child == (backwards ? o->right : o->next)) return o;
    }
}
