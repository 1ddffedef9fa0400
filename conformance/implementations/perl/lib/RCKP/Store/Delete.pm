package RCKP::Store::Delete;

# Removing one checkpoint by its path (STORE-12 to STORE-14).

use v5.36;
use Cwd ();
use Errno qw(ENOENT ENOTDIR);
use RCKP::Directory;
use RCKP::Error;

# 1 when it removed something, 0 when there was nothing to remove.
sub delete ($store, $path) {
    utf8::downgrade($path);
    my @names  = _names_below($store, $path);
    my $refuse = sub ($code) { RCKP::Error->throw($code, path => $path, reason => "$!") };
    return RCKP::Directory::keeping_cwd(sub { _delete_below($store, $path, $refuse, @names) });
}

sub _delete_below ($store, $path, $refuse, @way) {
    my $name      = pop @way;
    my $directory = RCKP::Directory->open_path($store->base);
    for my $step (@way) {
        last unless $directory;
        $directory = $directory->open_child($step);
    }
    if (!$directory) {
        return 0 if $!{ENOENT};
        $refuse->($!{ENOTDIR} ? 'not-a-directory' : 'not-removed');
    }

    $store->lock_directory($directory, $path);
    my $facts = $directory->look($name);
    if (!$facts) { return 0 if $!{ENOENT}; $refuse->('not-removed') }
    $refuse->('not-a-file') if $facts->{is_directory};                # STORE-13
    if (!$directory->remove($name)) { return 0 if $!{ENOENT}; $refuse->('not-removed') }

    # SAFE-13: it is gone, but may come back.
    $refuse->('durability-uncertain') if $store->flushes_directories && !$directory->flush;
    return 1;
}

# The components of a path below the base; dies with `outside-base`. The base may
# be named by its own path or by the one behind its links.
sub _names_below ($store, $path) {
    my @names = _components($path);
    for my $base ($store->base, Cwd::abs_path($store->base)) {
        my @prefix = _components($base // next);
        next unless @names > @prefix;
        next if grep { $names[$_] ne $prefix[$_] } 0 .. $#prefix;
        my @below = @names[@prefix .. $#names];
        return @below unless grep { $_ eq '..' } @below;
    }
    RCKP::Error->throw('outside-base', path => $path);
}

# Empty ones and "." do not count. What is relative begins at the working directory.
sub _components ($path) {
    $path = Cwd::getcwd() . "/$path" unless $path =~ m{\A/};
    return grep { $_ ne '' && $_ ne '.' } split m{/}, $path;
}

1;
