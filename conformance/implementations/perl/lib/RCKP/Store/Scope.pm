package RCKP::Store::Scope;

# The base directory and the scope, opened for a write and made where they are
# missing (SAFE-2 to SAFE-4). `$write` is an RCKP::Store::Write.

use v5.36;
use Errno qw(EEXIST ELOOP ENAMETOOLONG ENOENT ENOTDIR);
use RCKP::Directory;

# SAFE-3: before anything is made.
sub check_names ($write, $base, @names) {
    for my $name (split(m{/}, $base), @names) {
        $write->fail('name-too-long', undef) if length $name > $write->{limit};
    }
}

# Gives the directory of the scope, then all that have to be flushed above it
# (SAFE-15): up to the one that holds the base, and those in which a part of the
# base's own way was made. An undef is one that cannot be opened.
sub open_or_make ($write, $base, @scope) {
    my @way = _open_or_make_base($write, $base, \my @made_in);
    push @way, _child($write, $way[-1], $_) for @scope;
    my ($directory, @above) = reverse @way;
    return $directory, @above, _to_flush($way[0]->open_parent), @made_in;
}

# One that may not be opened is passed over.
sub _to_flush ($directory = undef) { $directory // ($!{EACCES} ? () : undef) }

sub _open_or_make_base ($write, $base, $made_in) {
    my $directory = RCKP::Directory->open_path($base);
    return $directory if $directory;
    _fail($write) unless $!{ENOENT};
    $write->fail('not-a-directory', 'a link that leads nowhere') if -l $base =~ s{/+\z}{}r;

    # All prefixes of the base, the shortest first. Nobody may have entered another
    # directory yet: the base can be relative.
    my @prefixes;
    unshift @prefixes, substr $base, 0, $-[0] while $base =~ m{(?<=[^/])(?=/|\z)}g;
    for my $prefix (sort { length $a <=> length $b } @prefixes) {
        next if -d $prefix;
        if (mkdir $prefix) { push @$made_in, _to_flush(RCKP::Directory->open_path(_parent($prefix))) }
        elsif (!$!{EEXIST}) { _fail($write) }
    }
    return RCKP::Directory->open_path($base) // _fail($write);
}

sub _parent ($path) {
    return '.' unless $path =~ m{/};
    my $parent = $path =~ s{/+[^/]*\z}{}r;
    return length $parent ? $parent : '/';
}

# Never through a link (SAFE-4).
sub _child ($write, $above, $name) {
    my $directory = $above->open_child($name);
    return $directory if $directory;
    _fail($write) unless $!{ENOENT};
    _fail($write) unless $above->make_directory($name) || $!{EEXIST};
    return $above->open_child($name) // _fail($write);
}

sub _fail ($write) {
    $write->fail('not-a-directory') if $!{ENOTDIR} || $!{ELOOP} || $!{ENOENT} || $!{EEXIST};
    $write->fail('name-too-long')   if $!{ENAMETOOLONG};
    $write->fail;
}

1;
