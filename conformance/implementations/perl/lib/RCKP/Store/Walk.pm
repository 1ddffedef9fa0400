package RCKP::Store::Walk;

# Finding the checkpoints below a base directory (STORE-1 to STORE-9).

use v5.36;
no warnings 'recursion';
use Errno qw(ENOENT ENOTDIR);
use RCKP::Directory;
use RCKP::Error;

use constant DEEPEST => 100;    # STORE-9

# Calls $visit for each file, in the order of STORE-5, with a hash of
#     path        as the base was given
#     name        in its directory
#     directory   the RCKP::Directory, open
# An RCKP::Error that $visit dies with leaves that file out. Gives a reference to
# the errors of all that was left out (STORE-8); each has a path.
sub each_file ($store, $visit) {
    my $walk = {store => $store, visit => $visit, left_out => []};
    RCKP::Directory::keeping_cwd(sub {
        my $base = RCKP::Directory->open_path($store->base) or _base_failed($store);
        my $names = $base->names // _base_failed($store);
        _visit_names($walk, $base, $names);
    });
    return $walk->{left_out};
}

# STORE-6
sub _base_failed ($store) {
    my $code = $!{ENOENT} ? 'missing' : $!{ENOTDIR} ? 'not-a-directory' : 'unreadable';
    RCKP::Error->throw($code, path => $store->base, reason => "$!");
}

sub _visit_names ($walk, $directory, $names, @above) {
    for my $name (@$names) {
        my $facts = $directory->look($name) or _leave_out($walk, @above, $name), next;
        if    ($facts->{is_directory})                            { _descend($walk, $directory, @above, $name) }
        elsif ($facts->{is_file} && is_checkpoint_name($name))    { _visit_file($walk, $directory, @above, $name) }
    }
}

# STORE-1
sub is_checkpoint_name ($name) { length $name > 5 && substr($name, -5) eq '.ckpt' }

sub _descend ($walk, $above, @names) {
    return _report($walk, {reason => 'nested too deep'}, @names) if @names > DEEPEST;
    my $directory = $above->open_child($names[-1]) or return _leave_out($walk, @names);
    my $below     = $directory->names              or return _leave_out($walk, @names);
    _visit_names($walk, $directory, $below, @names);
}

sub _visit_file ($walk, $directory, @names) {
    my $path  = $walk->{store}->path_of(@names);
    my $error = RCKP::Error->caught_in(sub {
        $walk->{visit}->({path => $path, name => $names[-1], directory => $directory});
    }) or return;
    $error->{path} //= $path;
    push $walk->{left_out}->@*, $error;
}

# STORE-7: what is gone is nothing to tell of.
sub _leave_out ($walk, @names) {
    return if $!{ENOENT};
    _report($walk, {reason => "$!", errno => $! + 0}, @names);
}

sub _report ($walk, $why, @names) {
    my $path = $walk->{store}->path_of(@names);
    push $walk->{left_out}->@*, RCKP::Error->new('unreadable', path => $path, %$why);
}

1;
