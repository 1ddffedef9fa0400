package RCKP::Store::Purge;

# Removing what is older than a time (STORE-15 to STORE-18).

use v5.36;
use Errno 'ENOENT';
use RCKP::Error;
use RCKP::Store::Judge 'judge';
use RCKP::Store::Walk;

# Gives the number of removed files, or dies with `purge-incomplete`, which has
# `removed` and `failures`.
sub purge ($store, $before) {
    my $removed  = 0;
    my $left_out = RCKP::Store::Walk::each_file($store, sub ($file) {
        $removed++ if _purge_one($store, $file, $before);
    });

    # STORE-16: a file that is not valid stays, and that is no failure.
    my @failures = grep { !defined $_->get('offset') } @$left_out;
    RCKP::Error->throw('purge-incomplete', path => $store->base, removed => $removed, failures => \@failures)
        if @failures;
    return $removed;
}

# STORE-22: the time is the first field, and mostly all that has to be read.
sub _purge_one ($store, $file, $before) {
    my $too_young = sub ($field, $value) { $field eq 'created_at_ms' && $value >= $before };
    my ($record, $judged) = judge($file, $too_young);
    return 0 unless $record;

    my ($directory, $name) = @$file{qw(directory name)};
    $store->lock_directory($directory, $file->{path});
    my $error = RCKP::Error->caught_in(sub { _remove_the_very($directory, $name, $judged) or $record = undef });
    $directory->unlock;
    die $error if $error;
    return defined $record;
}

# STORE-17: a checkpoint that was written in its place meanwhile stays.
sub _remove_the_very ($directory, $name, $judged) {
    my $failed = sub { RCKP::Error->throw('not-removed', reason => "$!", errno => $! + 0) };
    my $facts  = $directory->look($name);
    if (!$facts) { return 0 if $!{ENOENT}; $failed->() }
    return 0 if $facts->{same} ne $judged->{same};
    return 1 if $directory->remove($name);
    return 0 if $!{ENOENT};
    $failed->();
}

1;
