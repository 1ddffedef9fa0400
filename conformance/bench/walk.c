/* The least there is to do to list a store: a walk in C, for `python -m bench`.
 *
 *     walk PREFIX-LENGTHS... is not needed: see below.
 */
