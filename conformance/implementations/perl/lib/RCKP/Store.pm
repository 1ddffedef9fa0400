package RCKP::Store;

# A base directory and what is done with the checkpoints below it (The store).
# All paths are bytes. Writing is in RCKP::Store::Write, walking and deleting in
# their own files, too; this one says what a store offers.

use v5.36;
use Errno qw(ENOENT ENOTDIR);
use Fcntl qw(:DEFAULT);
use Time::HiRes ();
use RCKP::Decoder 'decode_until';
use RCKP::Error;
use RCKP::Source;
use RCKP::Store::Delete;
use RCKP::Store::Purge;
use RCKP::Store::Walk;
use RCKP::Store::Write;

# durability (SAFE-15)   full, file or none
# lock_wait (SAFE-6)     seconds
sub new ($class, $base, %options) {
    my $self = bless {
        durability => 'full',
        lock_wait  => 30,
        flushed    => {},
        %options,
        base => $base,
    }, $class;
    utf8::downgrade($self->{base});    # bytes, or else it dies
    return $self;
}

sub base ($self) { $self->{base} }

# The path of what has these names below the base, as the base was given.
sub path_of ($self, @names) {
    my $base = $self->{base};
    $base .= '/' unless $base =~ m{/\z};
    return $base . join '/', @names;
}

# STORE-1 to STORE-9: references to the paths, in order, and to errors for what
# was left out.
sub files ($self) {
    my @paths;
    my $left_out = RCKP::Store::Walk::each_file($self, sub ($file) { push @paths, $file->{path} });
    return \@paths, $left_out;
}

# STORE-10, STORE-11: any path, also outside the base and through links.
sub read ($self, $path) {
    utf8::downgrade($path);
    my $refuse = sub ($code) { RCKP::Error->throw($code, path => $path, reason => "$!") };
    my $failed = sub { $refuse->($!{ENOENT} || $!{ENOTDIR} ? 'missing' : 'unreadable') };
    stat $path or $failed->();
    $refuse->('not-a-file') unless -f _;
    sysopen my $handle, $path, O_RDONLY | O_NONBLOCK or $failed->();
    $refuse->('not-a-file') unless -f $handle;
    return decode_until(RCKP::Source->of_handle($handle));
}

sub write  ($self, $record) { RCKP::Store::Write::write($self, $record) }
sub delete ($self, $path)   { RCKP::Store::Delete::delete($self, $path) }
sub purge  ($self, $before) { RCKP::Store::Purge::purge($self, $before) }

# STORE-19: milliseconds.
sub purge_by_age ($self, $age) {
    my $now = int(Time::HiRes::time() * 1000);
    return $self->purge($age >= $now ? 0 : $now - $age);
}

# SAFE-6: false where there are no locks, and goes on without one.
sub lock_directory ($self, $directory, $path) {
    my $lock = $directory->lock($self->{lock_wait});
    RCKP::Error->throw('lock-timeout', path => $path) if $lock eq 'taken';
    return $lock eq 'held';
}

sub flushes_files       ($self) { $self->{durability} ne 'none' }
sub flushes_directories ($self) { $self->{durability} eq 'full' }

1;
